//! The evaluator as a Worker, on Cloudflare or plain workerd: adapters, no logic.
