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
    /// Of this shape, or null.
    Nullable(Box<Shape>),
}

impl Shape {
    /// Whether anything is known.
    pub(super) fn says_something(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Object(members) => !members.is_empty(),
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
                let shapes = members
                    .into_iter()
                    .map_while(|(name, member)| Some((name.to_owned(), self.at(member, depth + 1)?)));
                Shape::Object(shapes.collect())
            }
        })
    }

    fn take(&mut self, shapes: usize) -> Option<()> {
        self.left = self.left.checked_sub(shapes)?;
        Some(())
    }

    /// Puts a shape where a path of names, separated by dots, leads.
    pub(super) fn insert(&mut self, root: &mut Shape, path: &str, shape: Shape) {
        let mut place = root;
        for (depth, name) in path.split('.').enumerate() {
            if depth > DEEPEST || self.take(1).is_none() {
                return;
            }
            if !matches!(place, Shape::Object(_)) {
                *place = Shape::Object(BTreeMap::new());
            }
            let Shape::Object(members) = place else {
                return;
            };
            place = members.entry(name.to_owned()).or_default();
        }
        *place = shape;
    }
}
