//! What a row of a decision copies, by its compiled code: an expression, or a cell of a table.

use std::collections::BTreeMap;
use std::sync::Arc;
use zen_expression::compiler::{FetchFastTarget, Jump, Opcode};

/// What a row reads, and so may copy.
pub(super) enum Row {
    /// A value without parts.
    Plain,
    /// Nobody knows what.
    Unclear,
    /// Another value as it is.
    Same(Read),
    /// A value of parts of its own and of others.
    Made {
        /// Parts of its own.
        own: u64,
        /// How often it may hold each part.
        times: u64,
        /// What it reads.
        reads: Vec<Read>,
    },
}

/// A value that is read.
pub(super) enum Read {
    /// By a path of names from the context.
    Path(Vec<Arc<str>>),
    /// In a node with a context of its own, where names may mean anything.
    Anything,
}

impl Row {
    /// What code does. `own_context`: its node sees a part of the context only.
    pub(super) fn of(code: &[Opcode], own_context: bool) -> Self {
        if is_plain(code) {
            return Self::Plain;
        }
        let paths = code.iter().filter_map(path);
        let mut reads: Vec<_> = paths
            .map(|path| match own_context {
                true => Read::Anything,
                false => Read::Path(path),
            })
            .collect();
        if code.len() == 1
            && let Some(same) = reads.pop()
        {
            return Self::Same(same);
        }
        let count = |is: fn(&Opcode) -> bool| code.iter().filter(|step| is(step)).count() as u64;
        let own = count(|step| {
            matches!(
                step,
                Opcode::Array
                    | Opcode::Object
                    | Opcode::AssignedObjectEnd { .. }
                    | Opcode::PushString(_)
            )
        });
        // Closures and assignments may each hold what is before them several times.
        let closures = count(|step| matches!(step, Opcode::Begin));
        let pointers = count(|step| matches!(step, Opcode::Pointer(_)));
        let assigned = count(|step| matches!(step, Opcode::AssignedObjectStep));
        let times = power(pointers, closures).saturating_mul(power(reads.len() as u64, assigned));
        Self::Made {
            own: own + 1,
            times,
            reads,
        }
    }

    /// The parts of its type, by those of what rows write. `elsewhere` are those of what no row
    /// writes, `whole` is everything.
    pub(super) fn size(&self, sizes: &BTreeMap<&str, u64>, elsewhere: u64, whole: u64) -> u64 {
        let read = |read: &Read| match read {
            Read::Path(path) => path_size(path, sizes, elsewhere, whole),
            Read::Anything => whole,
        };
        match self {
            Self::Plain => 1,
            Self::Unclear => u64::MAX,
            Self::Same(same) => read(same),
            Self::Made { own, times, reads } => reads
                .iter()
                .fold(*own, |sum, part| sum.saturating_add(read(part)))
                .saturating_mul(*times),
        }
    }
}

/// How often a part may be held after so many steps that read it so many times in all.
fn power(reads: u64, steps: u64) -> u64 {
    if steps == 0 {
        return 1;
    }
    let each = reads / steps + 1;
    each.saturating_pow(u32::try_from(steps).unwrap_or(u32::MAX))
}

/// Whether the last step makes a value without parts whatever came before.
fn is_plain(code: &[Opcode]) -> bool {
    let jumps = |step: &Opcode| matches!(step, Opcode::Jump(jump, _) if *jump != Jump::IfEnd && *jump != Jump::Backward);
    let last = matches!(
        code.last(),
        None | Some(
            Opcode::PushNull
                | Opcode::PushBool(_)
                | Opcode::PushString(_)
                | Opcode::PushNumber(_)
                | Opcode::Negate
                | Opcode::Not
                | Opcode::Equal
                | Opcode::In
                | Opcode::Compare(_)
                | Opcode::Add
                | Opcode::Subtract
                | Opcode::Multiply
                | Opcode::Divide
                | Opcode::Modulo
                | Opcode::Exponent
                | Opcode::Join
                | Opcode::Len
        )
    );
    last && !code.iter().any(jumps)
}

/// The path that a step reads by.
fn path(step: &Opcode) -> Option<Vec<Arc<str>>> {
    match step {
        Opcode::FetchFast(targets) => Some(
            targets
                .iter()
                .filter(|target| **target != FetchFastTarget::Begin)
                .map_while(|target| match target {
                    FetchFastTarget::String(name) => Some(name.clone()),
                    FetchFastTarget::Root => Some("$root".into()),
                    FetchFastTarget::Begin | FetchFastTarget::Number(_) => None,
                })
                .collect(),
        ),
        Opcode::FetchEnv(name) => Some(vec![name.clone()]),
        Opcode::FetchRootEnv => Some(vec!["$root".into()]),
        _ => None,
    }
}

/// The size of what a path leads to: of the row with the longest name that it begins with, and of
/// those that write members of it.
fn path_size(path: &[Arc<str>], sizes: &BTreeMap<&str, u64>, elsewhere: u64, whole: u64) -> u64 {
    let path = match path {
        [first, _, rest @ ..] if &**first == "$nodes" => rest,
        [first, rest @ ..] if matches!(&**first, "$" | "$root") => rest,
        _ => path,
    };
    if path.is_empty() {
        return whole;
    }
    let mut name = String::new();
    let mut found = None;
    for part in path {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(part);
        found = sizes.get(name.as_str()).or(found);
    }
    name.push('.');
    let members = sizes
        .range(name.as_str()..)
        .take_while(|(member, _)| member.starts_with(&name));
    members.fold(*found.unwrap_or(&elsewhere), |sum, (_, size)| {
        sum.saturating_add(*size)
    })
}
