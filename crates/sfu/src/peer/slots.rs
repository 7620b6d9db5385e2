use std::collections::VecDeque;

use str0m::media::Mid;

use crate::command::{Kind, TrackSid};
use crate::media::track::TrackKey;

/// SSRCs of a section in which nothing has been sent.
const UNNAMED: (u32, u32) = (0, 0);

/// A track that this client is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub track: TrackKey,
    pub sid: TrackSid,
    pub kind: Kind,
    /// Stream id for `a=msid`.
    pub stream_id: String,
}

/// A media section in which we can send.
pub(crate) struct Slot {
    pub mid: Mid,
    pub kind: Kind,
    pub occupant: Option<Wanted>,
    /// The client knows of the occupant: media flows.
    pub active: bool,
    /// Of the occupant's stream and its retransmissions; another occupant gets others, so that no receiver mixes them up.
    pub ssrcs: (u32, u32),
    /// Both sides know the section.
    pub negotiated: bool,
}

/// Sections in which we send, and tracks that wait for one.
#[derive(Default)]
pub(crate) struct Slots {
    /// A section's stream stays the same whatever is sent in it: its client hears of no change.
    pub lasting: bool,
    pub all: Vec<Slot>,
    waiting: VecDeque<Wanted>,
}

impl Slots {
    pub fn has(&self, track: TrackKey) -> bool {
        let placed = self.all.iter().filter_map(|slot| slot.occupant.as_ref());
        placed
            .chain(&self.waiting)
            .any(|wanted| wanted.track == track)
    }

    pub fn want(&mut self, wanted: Wanted) {
        self.waiting.push_back(wanted);
    }

    /// Takes a track out; returns whether the client must hear of it.
    pub fn release(&mut self, track: TrackKey) -> bool {
        self.waiting.retain(|wanted| wanted.track != track);
        let slot = self.all.iter_mut().find(|s| {
            s.occupant
                .as_ref()
                .is_some_and(|wanted| wanted.track == track)
        });
        slot.is_some_and(|slot| {
            slot.occupant = None;
            slot.active = false;
            true
        })
    }

    pub fn add(&mut self, mid: Mid, kind: Kind) {
        if !self.all.iter().any(|slot| slot.mid == mid) {
            self.all.push(Slot {
                mid,
                kind,
                occupant: None,
                active: false,
                ssrcs: UNNAMED,
                negotiated: true,
            });
        }
    }

    /// A section is gone; its track waits again.
    pub fn remove(&mut self, mid: Mid) {
        if let Some(index) = self.all.iter().position(|slot| slot.mid == mid)
            && let Some(wanted) = self.all.remove(index).occupant
        {
            self.waiting.push_front(wanted);
        }
    }

    /// Gives waiting tracks the free sections of their kind.
    ///
    /// `usable` says of a section whether it may be taken, `new_ssrc` gives numbers that no other stream has.
    pub fn place(
        &mut self,
        mut usable: impl FnMut(Mid) -> bool,
        mut new_ssrc: impl FnMut() -> u32,
    ) {
        for slot in &mut self.all {
            if slot.occupant.is_some() || !usable(slot.mid) {
                continue;
            }
            let Some(index) = self
                .waiting
                .iter()
                .position(|wanted| wanted.kind == slot.kind)
            else {
                continue;
            };
            slot.occupant = self.waiting.remove(index);
            slot.active = false;
            if !self.lasting || slot.ssrcs == UNNAMED {
                slot.ssrcs = (new_ssrc(), new_ssrc());
            }
        }
    }

    /// Gives the streams of all sections their numbers, before anything is sent in them.
    pub fn name(&mut self, mut new_ssrc: impl FnMut() -> u32) {
        for slot in self.all.iter_mut().filter(|slot| slot.ssrcs == UNNAMED) {
            slot.ssrcs = (new_ssrc(), new_ssrc());
        }
    }

    pub fn take_waiting(&mut self) -> Option<Wanted> {
        self.waiting.pop_front()
    }

    /// Adds a section that the next offer of ours brings.
    pub fn occupy(&mut self, mid: Mid, wanted: Wanted, ssrcs: (u32, u32)) {
        self.all.push(Slot {
            mid,
            kind: wanted.kind,
            occupant: Some(wanted),
            active: false,
            ssrcs,
            negotiated: false,
        });
    }

    /// An offer of ours was dropped: sections that only it knew are gone.
    pub fn forget_unanswered(&mut self) {
        let unknown: Vec<Mid> = self
            .all
            .iter()
            .filter(|slot| !slot.negotiated)
            .map(|slot| slot.mid)
            .collect();
        unknown.into_iter().for_each(|mid| self.remove(mid));
    }

    /// An offer of ours was answered.
    pub fn answered(&mut self) {
        self.all.iter_mut().for_each(|slot| slot.negotiated = true);
    }

    pub fn slot(&self, mid: &str) -> Option<&Slot> {
        self.all.iter().find(|slot| &*slot.mid == mid)
    }

    pub fn occupant(&self, mid: &str) -> Option<&Wanted> {
        self.slot(mid)?.occupant.as_ref()
    }

    /// How many tracks wait for a section.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// How many sections of a kind are missing for the tracks that wait.
    pub fn missing(&self, kind: Kind) -> u32 {
        let waiting = self
            .waiting
            .iter()
            .filter(|wanted| wanted.kind == kind)
            .count();
        let free = self
            .all
            .iter()
            .filter(|slot| slot.kind == kind && slot.occupant.is_none())
            .count();
        waiting.saturating_sub(free) as u32
    }

    /// Tracks placed but not yet told to the client, with their section; they count as active from now on.
    pub fn activate(&mut self) -> Vec<(Mid, Wanted)> {
        let fresh = self.all.iter_mut().filter(|slot| !slot.active);
        fresh
            .filter_map(|slot| {
                let wanted = slot.occupant.clone()?;
                slot.active = true;
                Some((slot.mid, wanted))
            })
            .collect()
    }

    /// Tracks this client gets or waits for.
    pub fn tracks(&self) -> Vec<TrackKey> {
        let placed = self.all.iter().filter_map(|slot| slot.occupant.as_ref());
        placed
            .chain(&self.waiting)
            .map(|wanted| wanted.track)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(track: TrackKey, kind: Kind) -> Wanted {
        Wanted {
            track,
            sid: format!("TR_{track}").into(),
            kind,
            stream_id: String::new(),
        }
    }

    #[test]
    fn tracks_take_free_sections_of_their_kind_and_the_rest_is_missing() {
        let mut slots = Slots::default();
        slots.add("a".into(), Kind::Audio);
        slots.add("v".into(), Kind::Video);
        slots.want(wanted(1, Kind::Video));
        slots.want(wanted(2, Kind::Video));
        assert_eq!(
            (slots.missing(Kind::Audio), slots.missing(Kind::Video)),
            (0, 1)
        );
        slots.place(|_| true, || 7);
        assert_eq!(slots.occupant("v").unwrap().track, 1);
        assert_eq!(slots.activate().len(), 1);
        assert!(slots.activate().is_empty());
        assert!(slots.has(2));
    }

    #[test]
    fn a_section_is_used_again_with_another_stream() {
        let mut slots = Slots::default();
        slots.add("v".into(), Kind::Video);
        slots.want(wanted(1, Kind::Video));
        slots.place(|_| true, || 7);
        assert!(slots.release(1));
        assert!(!slots.release(1));
        slots.want(wanted(2, Kind::Video));
        slots.place(|_| true, || 8);
        assert_eq!(slots.slot("v").unwrap().ssrcs, (8, 8));
    }

    #[test]
    fn a_lasting_section_keeps_its_stream() {
        let mut slots = Slots {
            lasting: true,
            ..Slots::default()
        };
        slots.add("v".into(), Kind::Video);
        slots.name(|| 7);
        for track in 1..3 {
            slots.want(wanted(track, Kind::Video));
            slots.place(|_| true, || 8);
            assert_eq!(slots.occupant("v").unwrap().track, track);
            assert_eq!(slots.slot("v").unwrap().ssrcs, (7, 7));
            slots.release(track);
        }
    }

    #[test]
    fn the_track_of_a_vanished_section_waits_again() {
        let mut slots = Slots::default();
        slots.add("v".into(), Kind::Video);
        slots.want(wanted(1, Kind::Video));
        slots.place(|_| true, || 7);
        slots.remove("v".into());
        assert_eq!(slots.missing(Kind::Video), 1);
        assert!(slots.has(1));
    }
}
