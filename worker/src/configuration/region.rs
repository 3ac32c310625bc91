//! Which region this is, and which sources are near.

use super::error::{ConfigurationError, shown};
use super::fields::{Fields, kind};
use super::sources::SourceConfiguration;
use super::variables::Variables;
use serde_json::Value as Json;
use std::collections::BTreeMap;

const REGION: &str = "ZEN_EDGE_REGION";
const REGIONS: &str = "ZEN_EDGE_REGIONS";
/// The codes of `request.cf.continent`.
const CONTINENTS: [&str; 7] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];

/// How a region is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionConfiguration {
    /// All sources in the order in which they are listed, and a name if one was given.
    Fixed(Option<String>),
    /// By where the request came in.
    Mapped(RegionMap),
}

/// Regions by where a request came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionMap {
    default: String,
    continents: BTreeMap<String, String>,
    colos: BTreeMap<String, String>,
    /// Indices into the sources, by region.
    sources: BTreeMap<String, Vec<usize>>,
}

/// Where a request came in: `request.cf`, as far as there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The data centre: `FRA`.
    pub colo: Option<&'a str>,
    /// The continent: `EU`.
    pub continent: Option<&'a str>,
}

impl RegionConfiguration {
    pub(super) fn read(
        variables: &Variables,
        sources: &[SourceConfiguration],
    ) -> Result<Self, ConfigurationError> {
        let fixed = variables.text(REGION)?;
        if let Some(name) = &fixed
            && !super::is_plain_name(name)
        {
            return Err(ConfigurationError::given(REGION, name, super::PLAIN_NAME));
        }
        let Some(json) = variables.json(REGIONS)? else {
            return Ok(Self::Fixed(fixed.map(Into::into)));
        };
        let mut map = RegionMap::read(&json, sources)?;
        if let Some(name) = fixed {
            map.check(REGION, &name)?;
            map.default = name.into_owned();
            map.continents.clear();
            map.colos.clear();
        }
        Ok(Self::Mapped(map))
    }

    /// The region for an isolate whose first request came in there, and the indices of its sources,
    /// the nearest first.
    pub fn choose(&self, place: Place<'_>, sources: usize) -> (Option<&str>, Vec<usize>) {
        match self {
            Self::Fixed(name) => (name.as_deref(), (0..sources).collect()),
            Self::Mapped(map) => {
                let by_colo = place.colo.and_then(|colo| map.colos.get(colo));
                let by_continent = || place.continent.and_then(|name| map.continents.get(name));
                let name = by_colo.or_else(by_continent).unwrap_or(&map.default);
                let nearest = map.sources.get(name).cloned().unwrap_or_default();
                (Some(name), nearest)
            }
        }
    }
}

impl RegionMap {
    fn read(json: &Json, sources: &[SourceConfiguration]) -> Result<Self, ConfigurationError> {
        let fields = Fields::new(
            REGIONS,
            json,
            &["default", "continents", "colos", "sources"],
        )?;
        let mut map = Self {
            default: fields.required("default")?.to_owned(),
            continents: BTreeMap::new(),
            colos: BTreeMap::new(),
            sources: lists(&fields, sources)?,
        };
        map.check(&fields.place("default"), &map.default)?;
        map.continents = map.table(&fields, "continents", |code| CONTINENTS.contains(&code))?;
        map.colos = map.table(&fields, "colos", |code| {
            code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
        })?;
        Ok(map)
    }

    /// A table from codes to regions.
    fn table(
        &self,
        fields: &Fields<'_>,
        field: &'static str,
        is_code: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, String>, ConfigurationError> {
        let mut found = BTreeMap::new();
        let place = fields.place(field);
        for (code, region) in table(fields, field)? {
            if !is_code(code) {
                let accepted = match field {
                    "colos" => "data centres have codes of three capital letters, like `FRA`",
                    _ => "continents are AF, AN, AS, EU, NA, OC and SA",
                };
                let problem = format!("has {}; {accepted}", shown(code));
                return Err(ConfigurationError::new(place, problem));
            }
            let place = format!("{place}.{code}");
            let Json::String(region) = region else {
                let problem = format!("is {}; it must be a region's name", kind(region));
                return Err(ConfigurationError::new(place, problem));
            };
            self.check(&place, region)?;
            found.insert(code.to_owned(), region.clone());
        }
        Ok(found)
    }

    /// Checks that a region has sources.
    fn check(&self, place: &str, region: &str) -> Result<(), ConfigurationError> {
        if self.sources.contains_key(region) {
            return Ok(());
        }
        let accepted = format!("{REGIONS}.sources has {}", listed(self.sources.keys()));
        Err(ConfigurationError::given(place, region, &accepted))
    }
}

/// The sources of each region.
fn lists(
    fields: &Fields<'_>,
    sources: &[SourceConfiguration],
) -> Result<BTreeMap<String, Vec<usize>>, ConfigurationError> {
    let mut found = BTreeMap::new();
    for (region, list) in table(fields, "sources")? {
        if !super::is_plain_name(region) {
            let problem = format!("has the region {}; {}", shown(region), super::PLAIN_NAME);
            return Err(ConfigurationError::new(fields.place("sources"), problem));
        }
        let place = format!("{}.{region}", fields.place("sources"));
        let names = match list {
            Json::Array(names) if !names.is_empty() => names,
            Json::Array(_) => {
                let problem = "is empty; name its sources, the nearest first";
                return Err(ConfigurationError::new(place, problem));
            }
            other => {
                let problem = format!("is {}; it must be a list of sources' names", kind(other));
                return Err(ConfigurationError::new(place, problem));
            }
        };
        let mut indices = Vec::new();
        for (position, name) in names.iter().enumerate() {
            let place = format!("{place}[{position}]");
            let Json::String(name) = name else {
                let problem = format!("is {}; it must be a source's name", kind(name));
                return Err(ConfigurationError::new(place, problem));
            };
            let index = sources.iter().position(|source| source.name == *name);
            let Some(index) = index else {
                let known = sources.iter().map(|source| &source.name);
                let accepted = format!("{} has {}", super::sources::SOURCES, listed(known));
                return Err(ConfigurationError::given(place, name, &accepted));
            };
            if indices.contains(&index) {
                let problem = format!("is {}, which is in the list already", shown(name));
                return Err(ConfigurationError::new(place, problem));
            }
            indices.push(index);
        }
        found.insert(region.to_owned(), indices);
    }
    Ok(found)
}

fn table<'a>(
    fields: &Fields<'a>,
    field: &'static str,
) -> Result<Vec<(&'a str, &'a Json)>, ConfigurationError> {
    match fields.get(field) {
        None => Ok(Vec::new()),
        Some(Json::Object(table)) => Ok(table
            .iter()
            .map(|(name, json)| (name.as_str(), json))
            .collect()),
        Some(other) => {
            let problem = format!("is {}; it must be a table", kind(other));
            Err(ConfigurationError::new(fields.place(field), problem))
        }
    }
}

/// Names in words.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}
