//! Shapes: the engine's types, as a tree of bounded size.

use std::collections::BTreeMap;
use zen_expression::variable::VariableType;

/// What is known of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Shape {
    /// Nothing.
    #[default]
    Any,
    /// Null.
    Null,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text; a date and an interval are written as text, too.
    Text,
    /// One of these texts, and the name of the list if it has one.
    OneOf(Option<String>, Vec<String>),
    /// A list of items of this shape.
    List(Box<Shape>),
    /// An object with members of these shapes, among others.
    Object(BTreeMap<String, Shape>),
    /// Something of which these members are read: most likely an object, if it is there at all.
    Read(BTreeMap<String, Shape>),
    /// Of this shape, or null.
    Nullable(Box<Shape>),
}

impl Shape {
    /// Whether anything is known.
    pub(super) fn says_something(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Object(members) | Self::Read(members) => !members.is_empty(),
            Self::Nullable(inner) => inner.says_something(),
            _ => true,
        }
    }
}

/// How deep shapes nest; what lies deeper is [`Shape::Any`].
const DEEPEST: usize = 24;
/// Shapes within one shape. Types share their parts, so what is small as a type may be endless as
/// a tree.
const MOST: usize = 4_000;
/// Texts in one list. A table may answer thousands, which nobody wants to read.
const LISTED: usize = 256;

/// Builds one shape, of bounded size.
pub(super) struct Builder {
    left: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Builder {
    /// The shape of a type; nothing once the bound is reached.
    pub(super) fn shape(&mut self, found: &VariableType) -> Option<Shape> {
        self.at(found, 0)
    }

    fn at(&mut self, found: &VariableType, depth: usize) -> Option<Shape> {
        if depth > DEEPEST {
            return Some(Shape::Any);
        }
        self.take(1)?;
        let text = |text: &std::rc::Rc<str>| text.to_string();
        Some(match found {
            VariableType::Any => Shape::Any,
            VariableType::Null => Shape::Null,
            VariableType::Bool => Shape::Bool,
            VariableType::Number => Shape::Number,
            VariableType::String | VariableType::Date | VariableType::Interval => Shape::Text,
            VariableType::Const(value) => Shape::OneOf(None, vec![text(value)]),
            VariableType::Enum(_, values) if values.is_empty() => Shape::Any,
            VariableType::Enum(_, values) if values.len() > LISTED => Shape::Text,
            VariableType::Enum(name, values) => {
                self.take(values.len())?;
                Shape::OneOf(name.as_ref().map(text), values.iter().map(text).collect())
            }
            VariableType::Array(items) => {
                Shape::List(Box::new(self.at(items, depth + 1).unwrap_or_default()))
            }
            VariableType::Nullable(inner) => match self.at(inner, depth + 1).unwrap_or_default() {
                known @ (Shape::Any | Shape::Null | Shape::Nullable(_)) => known,
                known => Shape::Nullable(Box::new(known)),
            },
            VariableType::Object(members) => {
                let members = members.borrow();
                // Sorted, so that the same ones are left out when there are too many.
                let members: BTreeMap<&str, &VariableType> = members
                    .iter()
                    .map(|(name, member)| (&**name, member))
                    .collect();
                let shapes = members.into_iter().map_while(|(name, member)| {
                    Some((name.to_owned(), self.at(member, depth + 1)?))
                });
                Shape::Object(shapes.collect())
            }
        })
    }

    fn take(&mut self, shapes: usize) -> Option<()> {
        self.left = self.left.checked_sub(shapes)?;
        Some(())
    }

    /// Puts a shape into an object, where a path of names, separated by dots, leads. What is on the
    /// way is an object if the shape is known, for then a data model says so.
    pub(super) fn insert(&mut self, root: &mut BTreeMap<String, Shape>, path: &str, shape: Shape) {
        let is_known = shape != Shape::Any;
        let mut members = root;
        let mut names = path.split('.').take(DEEPEST).peekable();
        while let Some(name) = names.next() {
            if self.take(1).is_none() {
                return;
            }
            let place = members.entry(name.to_owned()).or_default();
            if names.peek().is_none() {
                *place = shape;
                return;
            }
            let known = match std::mem::take(place) {
                Shape::Object(known) => Shape::Object(known),
                Shape::Read(known) if !is_known => Shape::Read(known),
                Shape::Read(known) => Shape::Object(known),
                _ if is_known => Shape::Object(BTreeMap::new()),
                _ => Shape::Read(BTreeMap::new()),
            };
            *place = known;
            members = match place {
                Shape::Object(members) | Shape::Read(members) => members,
                _ => return,
            };
        }
    }
}
