//! A JSON text as one row of nodes: each value is followed by what is in it.
//!
//! One allocation for the whole text, and none for a text without escapes, which is borrowed. The parser is
//! `serde_json`'s.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// One value, or the name of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    /// A whole number that is not negative.
    Whole(u64),
    /// A whole number below zero.
    Negative(i64),
    /// Any other number. The wire has no use for it, and its digits would bring the writing of fractions along.
    Fraction,
    Text(Cow<'a, str>),
    /// A list; the so many nodes that follow are in it.
    List(usize),
    /// An object; the so many nodes that follow are in it, by turns a name and a value.
    Object(usize),
}

impl Node<'_> {
    /// How many nodes the value has.
    #[inline]
    pub(super) fn length(&self) -> usize {
        match self {
            Self::List(inside) | Self::Object(inside) => 1 + inside,
            _ => 1,
        }
    }

    /// The same with a copy of what it borrows.
    fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(flag) => Node::Bool(flag),
            Self::Whole(number) => Node::Whole(number),
            Self::Negative(number) => Node::Negative(number),
            Self::Fraction => Node::Fraction,
            Self::Text(text) => Node::Text(Cow::Owned(text.into_owned())),
            Self::List(inside) => Node::List(inside),
            Self::Object(inside) => Node::Object(inside),
        }
    }
}

/// The nodes of a text; `None` for what is not JSON or is nested too deep.
pub(super) fn nodes(text: &str) -> Option<Vec<Node<'_>>> {
    // Some more than the wire's texts mostly have: the row seldom grows, and takes about as much as its text.
    let mut nodes = Vec::with_capacity(8 + text.len() / 16);
    let mut json = serde_json::Deserializer::from_str(text);
    Reader(&mut nodes).deserialize(&mut json).and_then(|()| json.end()).ok()?;
    Some(nodes)
}

/// The same of a text that does not last.
pub(super) fn owned_nodes(text: &str) -> Option<Vec<Node<'static>>> {
    Some(nodes(text)?.into_iter().map(Node::into_owned).collect())
}

/// Appends the nodes of one value.
struct Reader<'n, 'a>(&'n mut Vec<Node<'a>>);

impl<'a> Reader<'_, 'a> {
    /// Puts a node before those that `inside` appends, and tells it how many they are.
    fn around<E>(
        self,
        node: fn(usize) -> Node<'a>,
        inside: impl FnOnce(&mut Vec<Node<'a>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = self.0.len();
        self.0.push(node(0));
        inside(self.0)?;
        let length = self.0.len() - at - 1;
        if let Some(start) = self.0.get_mut(at) {
            *start = node(length);
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(Node::Null);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.0.push(Node::Bool(flag));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push(Node::Whole(number));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push(u64::try_from(number).map_or(Node::Negative(number), Node::Whole));
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.0.push(Node::Fraction);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.0.push(Node::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push(Node::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        self.around(Node::List, |nodes| {
            while list.next_element_seed(Reader(nodes))?.is_some() {}
            Ok(())
        })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut fields: A) -> Result<(), A::Error> {
        self.around(Node::Object, |nodes| {
            while fields.next_key_seed(Reader(nodes))?.is_some() {
                fields.next_value_seed(Reader(nodes))?;
            }
            Ok(())
        })
    }
}
