//! 5.6.7: the search for the role that lists a target, and the list of all targets.

use crate::error::{At, Result};
use crate::hash::sha256_hex;
use crate::metadata::{Delegation, TargetFile, Targets};
use crate::role::Role;
use std::collections::BTreeSet;

/// How far a search came.
#[derive(Debug)]
pub(crate) enum Search<'a> {
    /// This role lists the target.
    Found(Role, &'a TargetFile),
    /// The search goes on once this delegation's metadata is there.
    Needs(Edge<'a>),
    /// No role lists the target.
    Absent,
}

/// A delegation, and the delegated roles that lead to it from the top.
#[derive(Debug, Clone)]
pub(crate) struct Edge<'a> {
    above: Vec<&'a str>,
    delegation: &'a Delegation,
}

/// The delegated roles that lead from the top to a role, itself included. Metadata is trusted along
/// a chain: two roles may delegate to one name with different keys.
pub(crate) type Chain = Vec<String>;

impl<'a> Edge<'a> {
    pub(crate) fn chain(&self) -> Chain {
        self.names().map(str::to_owned).collect()
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.above
            .iter()
            .copied()
            .chain([self.delegation.name.as_str()])
    }
}

/// Searches depth-first and pre-order, in the order of the delegations, beginning at `top`.
///
/// `loaded` gives a role's metadata as verified with the keys of that very delegation.
pub(crate) fn search<'a>(
    top: &'a Targets,
    path: &str,
    max_roles: usize,
    loaded: impl Fn(&Edge<'a>) -> Option<&'a Targets>,
) -> Result<Search<'a>> {
    let digest = sha256_hex(path);
    let mut visited = BTreeSet::new();
    let mut to_visit: Vec<Option<Edge<'a>>> = vec![None];
    while let Some(edge) = to_visit.pop() {
        let name = edge
            .as_ref()
            .map_or("targets", |edge| edge.delegation.name.as_str());
        // 5.6.7.1. Skip a role that was visited before; end at the bound.
        if !visited.insert(name) {
            continue;
        }
        let role = Role::named(name);
        if visited.len() > max_roles {
            let message =
                format!("the search for `{path}` visited {max_roles} roles without an end");
            return Err(At::new(&role, "5.6.7.1").limit(message));
        }
        let (targets, above) = match edge {
            None => (top, Vec::new()),
            Some(edge) => match loaded(&edge) {
                Some(targets) => (targets, edge.names().collect()),
                None => return Ok(Search::Needs(edge)),
            },
        };
        if let Some(file) = targets.targets.get(path) {
            return Ok(Search::Found(role, file));
        }
        // 5.6.7.2. Go on with the delegations in order. A terminating one ends the search after
        // itself: what was still to be visited, here and further up, is dropped.
        let mut children = Vec::new();
        for delegation in targets
            .delegations
            .iter()
            .flat_map(|delegations| &delegations.roles)
        {
            if !delegation.scope.covers(path, &digest) {
                continue;
            }
            children.push(Some(Edge {
                above: above.clone(),
                delegation,
            }));
            if delegation.terminating {
                to_visit.clear();
                break;
            }
        }
        to_visit.extend(children.into_iter().rev());
    }
    Ok(Search::Absent)
}

/// How far a listing came.
#[derive(Debug)]
pub(crate) enum Listing<'a> {
    /// Every path that a role lists within what is delegated to it. A search may still end before it
    /// comes to one of them, or find it in another role.
    All(BTreeSet<&'a str>),
    /// The listing goes on once this delegation's metadata is there.
    Needs(Edge<'a>),
}

/// Lists what all roles list, in the order and within the bound of a search. Roles that are passed
/// over list nothing.
pub(crate) fn list<'a>(
    top: &'a Targets,
    max_roles: usize,
    passed_over: &BTreeSet<Role>,
    loaded: impl Fn(&Edge<'a>) -> Option<&'a Targets>,
) -> Result<Listing<'a>> {
    let mut paths: BTreeSet<&str> = top.targets.keys().map(String::as_str).collect();
    let mut visited = BTreeSet::from(["targets"]);
    let mut to_visit = edges(top, &[]);
    while let Some(edge) = to_visit.pop() {
        let delegation = edge.delegation;
        if !visited.insert(delegation.name.as_str()) {
            continue;
        }
        if visited.len() > max_roles {
            let role = Role::named(&delegation.name);
            let message =
                format!("the listing of targets visited {max_roles} roles without an end");
            return Err(At::new(&role, "5.6.7.1").limit(message));
        }
        if passed_over.contains(&Role::named(&delegation.name)) {
            continue;
        }
        let Some(targets) = loaded(&edge) else {
            return Ok(Listing::Needs(edge));
        };
        let covered = |path: &&str| delegation.scope.covers(path, &sha256_hex(path));
        paths.extend(targets.targets.keys().map(String::as_str).filter(covered));
        to_visit.extend(edges(targets, &edge.names().collect::<Vec<_>>()));
    }
    Ok(Listing::All(paths))
}

/// A role's delegations, the last one first.
fn edges<'a>(targets: &'a Targets, above: &[&'a str]) -> Vec<Edge<'a>> {
    let delegations = targets.delegations.iter();
    let roles = delegations.flat_map(|delegations| delegations.roles.iter().rev());
    roles
        .map(|delegation| Edge {
            above: above.to_vec(),
            delegation,
        })
        .collect()
}
