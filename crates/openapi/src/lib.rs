//! Describes a release as OpenAPI, as GoRules' Agent does.
