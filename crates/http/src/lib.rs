//! The HTTP API of an evaluator: GoRules' Agent's and ours, over the runtime; no server and no platform.
