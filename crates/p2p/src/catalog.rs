use serde_json::{Map, Value};

use crate::error::SubscribeError;

/// Larger than any sensible catalog (specs/iroh-rooms.md §21).
pub(crate) const MAX_CATALOG: usize = 256 * 1024;
const MAX_RENDITIONS: usize = 64;

/// A catalog as it was received. Everything unknown stays in it, for whoever does know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(Value);

impl Catalog {
    /// Reads the first frame of a group: a whole document.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Catalog, SubscribeError> {
        let document = serde_json::from_slice(bytes).map_err(bad)?;
        Catalog(document).checked()
    }

    /// Reads a later frame of the same group: a merge patch (RFC 7396).
    pub(crate) fn patched(&self, bytes: &[u8]) -> Result<Catalog, SubscribeError> {
        let patch = serde_json::from_slice(bytes).map_err(bad)?;
        let mut document = self.0.clone();
        merge(&mut document, patch);
        Catalog(document).checked()
    }

    fn checked(self) -> Result<Catalog, SubscribeError> {
        if !self.0.is_object() {
            return Err(SubscribeError::BadCatalog("not an object".into()));
        }
        let renditions = ["video", "audio"]
            .iter()
            .filter_map(|kind| self.renditions(kind))
            .map(Map::len)
            .sum::<usize>();
        if renditions > MAX_RENDITIONS {
            let text = format!("{renditions} renditions, and {MAX_RENDITIONS} is the limit");
            return Err(SubscribeError::BadCatalog(text));
        }
        Ok(self)
    }

    fn renditions(&self, kind: &str) -> Option<&Map<String, Value>> {
        self.0.get(kind)?.get("renditions")?.as_object()
    }

    /// Names and says which kind of track this is, "video" or "audio".
    pub(crate) fn kind_of(&self, track: &str) -> Option<&'static str> {
        ["video", "audio"].into_iter().find(|kind| {
            self.renditions(kind)
                .is_some_and(|all| all.contains_key(track))
        })
    }

    /// Name and priority of the chat track, which the catalog says, not the custom.
    pub(crate) fn chat(&self) -> Option<(String, u8)> {
        let track = self.0.get("chat")?.get("message")?;
        let priority = track.get("priority").and_then(Value::as_u64).unwrap_or(0);
        let name = track.get("name")?.as_str()?;
        Some((name.into(), u8::try_from(priority).unwrap_or(u8::MAX)))
    }

    pub fn to_json(&self) -> String {
        self.0.to_string()
    }
}

fn bad(error: serde_json::Error) -> SubscribeError {
    SubscribeError::BadCatalog(error.to_string())
}

/// RFC 7396, section 2, word for word.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().expect("made one above");
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOCK: &[u8] = br#"{"video":{"renditions":{"video/h264-openh264-180p":{"codec":"avc3.42e01e"}}},
        "audio":{"renditions":{"audio/opus-hq":{"codec":"opus"}}},"chat":{"message":{"name":"chat","priority":10}},"new":1}"#;

    #[test]
    fn a_stock_catalog_tells_its_tracks_and_keeps_what_we_do_not_know() {
        let catalog = Catalog::parse(STOCK).unwrap();
        assert_eq!(catalog.kind_of("audio/opus-hq"), Some("audio"));
        assert_eq!(catalog.kind_of("video/h264-openh264-180p"), Some("video"));
        assert_eq!(catalog.kind_of("chat"), None);
        assert_eq!(catalog.chat(), Some(("chat".into(), 10)));
        assert!(catalog.to_json().contains("\"new\":1"));
    }

    #[test]
    fn a_patch_changes_adds_and_takes_away() {
        let catalog = Catalog::parse(STOCK).unwrap();
        let patched = catalog
            .patched(br#"{"chat":null,"audio":{"renditions":{"audio/opus-lq":{"codec":"opus"}}}}"#)
            .unwrap();
        assert_eq!(patched.chat(), None);
        assert_eq!(patched.kind_of("audio/opus-hq"), Some("audio"));
        assert_eq!(patched.kind_of("audio/opus-lq"), Some("audio"));
    }

    #[test]
    fn what_is_no_catalog_is_refused_by_name() {
        let crowd: Vec<String> = (0..65).map(|n| format!("\"v{n}\":{{}}")).collect();
        let crowd = format!("{{\"video\":{{\"renditions\":{{{}}}}}}}", crowd.join(","));
        for document in ["", "[]", "7", "{", "\u{0}", &crowd, &"[".repeat(100_000)] {
            let refusal = Catalog::parse(document.as_bytes()).unwrap_err();
            assert_eq!(refusal.kind(), "bad_catalog");
        }
    }
}
