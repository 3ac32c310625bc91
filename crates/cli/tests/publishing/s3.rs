//! Real processes and a real S3 server: races, and `kill -9` at every write.
//!
//! One server for all: it takes seconds to start. Every scenario has a bucket of its own.

use crate::support::{Desk, ended, pairs, spawn};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use zen_edge_store_testkit::{ADMIN, Action, Proxy, Seaweed};

struct Site {
    server: Seaweed,
    desk: Desk,
}

#[test]
fn a_real_s3_server() {
    let site = Site {
        server: Seaweed::start(),
        desk: Desk::new(),
    };
    site.racing_processes_all_get_in();
    site.killed_at_any_write_readers_see_the_old_or_the_new();
    site.a_copy_killed_at_any_write_is_completed();
}

impl Site {
    fn url(&self, endpoint: &str, bucket: &str) -> String {
        format!("s3://{bucket}/rules/production?endpoint={endpoint}&region=us-east-1")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", ADMIN.0)
            .env("AWS_SECRET_ACCESS_KEY", ADMIN.1);
        command
    }

    fn done(&self, arguments: &[&str]) -> String {
        let ended = ended(self.command(arguments));
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        ended.stdout
    }

    /// A bucket with an environment; its address.
    fn begin(&self, bucket: &str) -> String {
        self.server.bucket(bucket);
        let url = self.url(&self.server.endpoint(), bucket);
        let root = format!("{bucket}.root.json");
        self.done(&["init", "-e", &url, "-k", "k.pem", "--root", &root]);
        url
    }

    fn served(&self, url: &str, root: &str) -> Vec<(String, String)> {
        let verified = self.done(&["verify", url, "--root", root, "--json"]);
        let verified: serde_json::Value = serde_json::from_str(&verified).unwrap();
        let releases = verified["releases"].as_object().unwrap();
        releases
            .iter()
            .map(|(project, release)| {
                (
                    project.clone(),
                    release["version"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    fn racing_processes_all_get_in(&self) {
        let url = self.begin("race");
        let bundles: Vec<_> = (0..4)
            .map(|n| self.desk.pack(&format!("p{n}"), "1"))
            .collect();
        let publish = |bundle: &String| {
            let arguments = [
                "publish",
                bundle,
                "-e",
                &url,
                "-k",
                "k.pem",
                "--root",
                "race.root.json",
            ];
            spawn(self.command(&arguments))
        };
        let processes: Vec<Child> = bundles.iter().map(publish).collect();
        for mut process in processes {
            assert!(process.wait().unwrap().success());
        }
        assert_eq!(self.served(&url, "race.root.json").len(), 4);
    }

    /// Runs a command through a proxy that kills it at its `at`-th write, before or after the server
    /// has it. Answers whether it lived.
    fn lives(
        &self,
        bucket: &str,
        at: u32,
        arrives: bool,
        arguments: &dyn Fn(&str) -> Vec<String>,
    ) -> bool {
        let victim: Arc<Mutex<Option<Child>>> = Arc::default();
        let (its, writes) = (Arc::clone(&victim), Mutex::new(0));
        let proxy = Proxy::start(self.server.port(), move |request| {
            let mut writes = writes.lock().unwrap();
            if !request.is_write() {
                return Action::Forward;
            }
            *writes += 1;
            if *writes != at {
                return Action::Forward;
            }
            // Here until whoever started the process has put it there.
            if let Some(process) = its.lock().unwrap().as_mut() {
                process.kill().unwrap();
            }
            if arrives {
                Action::ForwardAndCut
            } else {
                Action::Cut
            }
        });
        let arguments = arguments(&self.url(&proxy.endpoint(), bucket));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut place = victim.lock().unwrap();
        *place = Some(spawn(self.command(&arguments)));
        drop(place);
        loop {
            let mut place = victim.lock().unwrap();
            let ended = place.as_mut().unwrap().try_wait().unwrap();
            drop(place);
            match ended {
                Some(status) => return status.success(),
                None => std::thread::sleep(std::time::Duration::from_millis(5)),
            }
        }
    }

    fn killed_at_any_write_readers_see_the_old_or_the_new(&self) {
        let url = self.begin("kill");
        let root = "kill.root.json";
        let mut number = 0;
        let mut next = || {
            number += 1;
            self.desk.pack("pricing", &number.to_string());
            number
        };
        let publish = |url: &str, number: u32| {
            let bundle = format!("pricing-{number}.zip");
            ["publish", &bundle, "-e", url, "-k", "k.pem", "--root", root]
                .map(str::to_owned)
                .to_vec()
        };
        let first = next();
        let arguments = publish(&url, first);
        self.done(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let mut old = first;
        let mut kills = 0;
        for at in 1.. {
            let mut lived = false;
            for arrives in [false, true] {
                let new = next();
                lived = self.lives("kill", at, arrives, &|url| publish(url, new));
                let served = self.served(&url, root);
                let is = |number: u32| served == pairs(&[("pricing", &number.to_string())]);
                assert!(is(old) || is(new), "write {at}, {arrives}: {served:?}");
                assert!(!lived || is(new));
                // Running it again completes it.
                let arguments = publish(&url, new);
                self.done(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
                assert_eq!(
                    self.served(&url, root),
                    pairs(&[("pricing", &new.to_string())])
                );
                old = new;
                kills += u32::from(!lived);
            }
            if lived {
                break;
            }
        }
        // Two of the probe, a bundle, targets, snapshot and pointer; each before and after.
        assert_eq!(kills, 12);
    }

    fn a_copy_killed_at_any_write_is_completed(&self) {
        let (source, root) = (self.begin("from"), "from.root.json");
        self.server.bucket("to");
        let destination = self.url(&self.server.endpoint(), "to");
        let mut number = 100;
        for at in 1.. {
            number += 1;
            let bundle = self.desk.pack("pricing", &number.to_string());
            self.done(&[
                "publish", &bundle, "-e", &source, "-k", "k.pem", "--root", root,
            ]);
            let copy = |url: &str| {
                ["copy", &source, url, "--root", root]
                    .map(str::to_owned)
                    .to_vec()
            };
            let lived = self.lives("to", at, true, &copy);
            self.done(&["copy", &source, &destination, "--root", root]);
            let expected = pairs(&[("pricing", &number.to_string())]);
            assert_eq!(self.served(&destination, root), expected, "write {at}");
            if lived {
                assert!(at > 4);
                break;
            }
        }
    }
}
