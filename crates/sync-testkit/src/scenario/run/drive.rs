//! What is asked of the subject, and what must come of it.

use super::{Origin, Run};
use crate::expect::{self, Requests};
use crate::log::Request;
use crate::scenario::{Evaluate, Refresh};
use crate::subject::EvaluateRequest;
use crate::truth::{self, Said};
use futures_util::future::{Either, LocalBoxFuture, join_all, select};
use serde_json::{Value, json};
use std::time::Duration;
use zen_edge_sync::Clock as _;

impl<'a> Run<'a> {
    /// Starts the subject if it does not run yet.
    fn start(&mut self) {
        if self.subject.is_none() {
            self.subject = Some(self.subjects.start(&self.world, &self.settings));
        }
    }

    pub(super) fn status(&mut self) -> Value {
        self.start();
        self.subject.as_ref().unwrap().status()
    }

    pub(super) fn refresh(&mut self, refresh: &Refresh) -> Result<(), String> {
        let (name, set_up) = self.environment(&refresh.environment);
        for round in 0..=refresh.within {
            if round > 0 {
                let interval = Duration::from_secs(set_up.poll_interval);
                self.world.clock.advance(interval);
            }
            let (answer, evaluations) = self.refresh_once(name, refresh);
            let requests = self.world.log.take();
            for (evaluate, answer) in refresh.meanwhile.iter().zip(&evaluations) {
                self.check(evaluate, answer)
                    .map_err(|fault| format!("meanwhile: {fault}"))?;
            }
            self.check_revision(name)?;
            let fault = (!refresh.expect.is_null())
                .then(|| expect::difference(&refresh.expect, &answer))
                .flatten()
                .map(|difference| format!("{difference}, in {answer}"))
                .or_else(|| self.fault_of(&refresh.requests, &requests));
            match fault {
                None => return Ok(()),
                Some(fault) if round == refresh.within => {
                    let made: Vec<_> = requests.iter().map(ToString::to_string).collect();
                    return Err(format!("{fault}; requests: {made:#?}"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The answer of a refresh, and those of the evaluations meanwhile.
    fn refresh_once(&mut self, name: &str, refresh: &Refresh) -> (Value, Vec<Value>) {
        self.start();
        self.world.log.take();
        let subject = self.subject.as_deref().unwrap();
        let clock = &self.world.clock;
        let refreshes = (0..refresh.at_once.unwrap_or(1)).map(|index| {
            let asked = subject.refresh(name);
            match refresh.cancel_after {
                // The first of them goes away, the others go on.
                Some(seconds) if index == 0 => {
                    let goes = clock.sleep(Duration::from_secs(seconds));
                    let first = async move {
                        match select(goes, asked).await {
                            Either::Left(_) => json!({"outcome": "cancelled"}),
                            Either::Right((answer, _)) => answer,
                        }
                    };
                    Box::pin(first) as LocalBoxFuture<'_, Value>
                }
                _ => asked,
            }
        });
        let requests: Vec<_> = refresh
            .meanwhile
            .iter()
            .map(|evaluate| (self.request(evaluate), evaluate))
            .collect();
        let evaluations = requests.iter().map(|((name, request), evaluate)| {
            let evaluation = async move {
                clock.sleep(Duration::from_secs(evaluate.after)).await;
                subject.evaluate(name, request).await
            };
            Box::pin(evaluation) as LocalBoxFuture<'_, Value>
        });
        let all = join_all(refreshes.chain(evaluations).collect::<Vec<_>>());
        let mut answers = clock.run(all);
        let evaluations = answers.split_off(refresh.at_once.unwrap_or(1));
        let answer = match refresh.at_once {
            None => answers.pop().unwrap_or_default(),
            Some(_) => Value::Array(answers),
        };
        (answer, evaluations)
    }

    fn request(&self, evaluate: &Evaluate) -> (&'a str, EvaluateRequest) {
        let (name, set_up) = self.environment(&evaluate.environment);
        let project = evaluate.project.as_ref().unwrap_or(&set_up.projects[0]);
        let request = EvaluateRequest {
            project: project.clone(),
            key: evaluate.key.clone(),
            context: evaluate.context.clone(),
            pin: evaluate.pin.clone(),
        };
        (name, request)
    }

    pub(super) fn evaluate(&mut self, evaluate: &Evaluate) -> Result<(), String> {
        self.start();
        self.world.log.take();
        let (name, request) = self.request(evaluate);
        let subject = self.subject.as_deref().unwrap();
        let clock = &self.world.clock;
        let answer = clock.run(async {
            clock.sleep(Duration::from_secs(evaluate.after)).await;
            subject.evaluate(name, &request).await
        });
        let requests = self.world.log.take();
        self.check(evaluate, &answer)?;
        self.fault_of(&evaluate.requests, &requests)
            .map_or(Ok(()), Err)
    }

    /// What is wrong with the requests that were made, if they are looked at.
    fn fault_of(&self, expected: &Requests, made: &[Request]) -> Option<String> {
        match self.scenario.uncounted {
            true => None,
            false => expected.fault(made),
        }
    }

    /// Checks an answer: what is true of every one, and what is expected of this one.
    fn check(&self, evaluate: &Evaluate, answer: &Value) -> Result<(), String> {
        let (name, request) = self.request(evaluate);
        let said = truth::check_answer(name, &request, answer)?;
        if let Said::Answer {
            version, digest, ..
        } = &said
            && let Origin::Tuf(publisher) = &self.origins[name]
        {
            let published = publisher.digest(&request.project, version);
            if published.as_ref() != Some(digest) {
                return Err(format!("no release {version} has this digest: {answer}"));
            }
        }
        if let Some(expected) = &evaluate.answers {
            let answers = |version: &String| version == expected;
            if !matches!(&said, Said::Answer { version, .. } if answers(version)) {
                return Err(format!("release {expected} should answer: {answer}"));
            }
        }
        match expect::difference(&evaluate.expect, answer) {
            Some(difference) => Err(format!("{difference}, in {answer}")),
            None => Ok(()),
        }
    }

    /// Checks that the revision did not fall.
    fn check_revision(&mut self, name: &str) -> Result<(), String> {
        let status = self.status();
        truth::check_status(&status, &self.settings)?;
        let Some(revision) = status["environments"][name]["revision"].as_u64() else {
            return Ok(());
        };
        let highest = self.highest.entry(name.to_owned()).or_default();
        if revision < *highest && !self.scenario.revision_may_fall {
            return Err(format!("the revision fell from {highest} to {revision}"));
        }
        *highest = revision;
        Ok(())
    }
}
