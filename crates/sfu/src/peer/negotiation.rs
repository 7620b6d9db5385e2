use std::collections::BTreeMap;

use str0m::RtcError;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::format::{CodecSpec, PayloadParams};
use str0m::media::{Direction as MediaDirection, MediaKind, Mid, Pt};

use super::{Fault, Peer, Slots, Wanted};
use crate::command::{Kind, PendingTrack};
use crate::media::track::{TrackKey, mime_of};
use crate::sdp::{self, Description, Direction, SdpError, Section, SenderLines};

/// Stream of whatever is sent on a two-way connection; its sections are the stream's tracks.
const LASTING_STREAM: &str = "roomful";

/// A section in which the client sends a track.
pub(crate) struct PublishedSection {
    pub track: TrackKey,
    /// How the track was announced.
    pub announced: PendingTrack,
}

/// An announced track found in an offer.
pub(crate) struct Bound {
    pub announced: PendingTrack,
    pub mid: Mid,
    /// Its track id in the description.
    pub sdp_cid: String,
    /// Codec the client is asked to send.
    pub mime: &'static str,
    pub rids: Vec<String>,
    /// Payload types it may use.
    pub codecs: Vec<(Pt, CodecSpec)>,
    /// Payload types of redundant audio and of the codec inside, where it may send that.
    pub redundant: Option<(Pt, Pt)>,
}

/// A description for the client and what changed with it.
#[derive(Default)]
pub(crate) struct Negotiated {
    pub sdp: String,
    pub mid_to_track: BTreeMap<String, String>,
    pub candidates: Vec<String>,
    pub bound: Vec<Bound>,
    pub unbound: Vec<TrackKey>,
    /// Tracks that flow from now on.
    pub activated: Vec<(Mid, Wanted)>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NegotiationError {
    #[error("{0}")]
    Sdp(#[from] SdpError),
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("no offer waits for this answer")]
    NoOffer,
}

impl Peer {
    /// Answers a client's offer.
    pub fn accept_offer(
        &mut self,
        text: &str,
        pending: Vec<PendingTrack>,
    ) -> Result<Negotiated, NegotiationError> {
        let mut offer = Description::parse(text)?;
        sdp::prepare_offer(&mut offer, self.is_two_way());
        let slots = &mut self.slots;
        let answer = self.fence.run(|rtc| {
            slots.place(|_| true, || *rtc.direct_api().new_ssrc());
            let offer = SdpOffer::from_sdp_string(&offer.write())?;
            Ok(rtc.sdp_api().accept_offer(offer)?.to_sdp_string())
        })?;
        let mut negotiated = Negotiated::default();
        self.match_published(&offer, pending, &mut negotiated)?;
        self.match_slots(&offer)?;
        let slots = &mut self.slots;
        self.fence.run(|rtc| {
            slots.place(|_| true, || *rtc.direct_api().new_ssrc());
            if slots.lasting {
                slots.name(|| *rtc.direct_api().new_ssrc());
            }
            Ok(())
        })?;
        let mut answer = Description::parse(&answer)?;
        for section in &mut answer.sections {
            self.finish_answer(section, &mut negotiated);
        }
        name_codecs(&mut negotiated.bound, &answer);
        self.finish(&mut answer, &mut negotiated);
        negotiated.activated = self.slots.activate();
        Ok(negotiated)
    }

    /// Makes an offer of ours; `None` when there is nothing to negotiate.
    pub fn create_offer(
        &mut self,
        request: u64,
        ice_restart: bool,
    ) -> Result<Option<Negotiated>, NegotiationError> {
        if self.pending_offer.take().is_some() {
            self.slots.forget_unanswered();
            self.channels.replan();
        }
        let (slots, channels) = (&mut self.slots, &mut self.channels);
        let offered = self.fence.run(|rtc| {
            // A section that still sends is only now being left: the client must see it idle before another track
            // may use it, or str0m finds nothing to negotiate.
            let idle: Vec<Mid> = (slots.all.iter().map(|slot| slot.mid))
                .filter(|mid| {
                    rtc.media(*mid)
                        .is_some_and(|media| !media.direction().is_sending())
                })
                .collect();
            slots.place(|mid| idle.contains(&mid), || *rtc.direct_api().new_ssrc());
            let missing = slots.waiting();
            let ssrcs: Vec<(u32, u32)> = (0..missing)
                .map(|_| {
                    let direct = rtc.direct_api();
                    (*direct.new_ssrc(), *direct.new_ssrc())
                })
                .collect();
            let mut ssrcs = ssrcs.into_iter();
            if slots.lasting {
                return Ok(offer_both_ways(rtc, slots, ice_restart));
            }
            let mut api = rtc.sdp_api();
            for slot in &slots.all {
                let sends = slot.occupant.is_some();
                api.set_direction(
                    slot.mid,
                    if sends {
                        MediaDirection::SendOnly
                    } else {
                        MediaDirection::Inactive
                    },
                );
            }
            channels.create_planned(&mut api);
            while let Some(wanted) = slots.take_waiting() {
                let kind = match wanted.kind {
                    Kind::Audio => MediaKind::Audio,
                    Kind::Video => MediaKind::Video,
                };
                let (stream, track) =
                    (Some(wanted.stream_id.clone()), Some(wanted.sid.to_string()));
                let mid = api.add_media(kind, MediaDirection::SendOnly, stream, track, None);
                slots.occupy(mid, wanted, ssrcs.next().unwrap_or_default());
            }
            if ice_restart {
                api.ice_restart(true);
            }
            Ok(api.apply())
        })?;
        let Some((offer, pending)) = offered else {
            return Ok(None);
        };
        self.pending_offer = Some((request, pending));
        let mut offer = Description::parse(&offer.to_sdp_string())?;
        let mut negotiated = Negotiated::default();
        for section in &mut offer.sections {
            self.write_occupant(section, &mut negotiated);
        }
        self.finish(&mut offer, &mut negotiated);
        Ok(Some(negotiated))
    }

    /// Takes the client's answer to our offer `request`.
    pub fn accept_answer(
        &mut self,
        request: u64,
        text: &str,
        pending: Vec<PendingTrack>,
    ) -> Result<Negotiated, NegotiationError> {
        let answer = Description::parse(text)?;
        let Some((_, offered)) = self
            .pending_offer
            .take_if(|(waiting, _)| *waiting == request)
        else {
            return Err(NegotiationError::NoOffer);
        };
        let accepted = self.fence.run(|rtc| {
            let answer = SdpAnswer::from_sdp_string(text)?;
            rtc.sdp_api().accept_answer(offered, answer)
        });
        if let Err(fault) = accepted {
            self.slots.forget_unanswered();
            return Err(fault.into());
        }
        self.slots.answered();
        let mut negotiated = Negotiated::default();
        if self.is_two_way() {
            self.match_published(&answer, pending, &mut negotiated)?;
            self.match_slots(&answer)?;
            name_codecs(&mut negotiated.bound, &answer);
        }
        negotiated.activated = self.slots.activate();
        Ok(negotiated)
    }

    /// Gives the sections of a two-way connection to tracks that wait for one; its client need not hear of it.
    pub fn seat_waiting(&mut self) -> Result<Vec<(Mid, Wanted)>, Fault> {
        let slots = &mut self.slots;
        self.fence.run(|rtc| {
            slots.place(|_| true, || *rtc.direct_api().new_ssrc());
            Ok(())
        })?;
        Ok(self.slots.activate())
    }

    /// Finds announced tracks in the sections the client sends in, and tracks that it no longer sends.
    fn match_published(
        &mut self,
        offer: &Description,
        mut pending: Vec<PendingTrack>,
        negotiated: &mut Negotiated,
    ) -> Result<(), Fault> {
        // Sections that name their track go first, so that the others only get what is left.
        let mut unnamed = Vec::new();
        for section in &offer.sections {
            let (Some(kind), Some(mid)) = (section.kind(), section.mid().map(Mid::from)) else {
                continue;
            };
            let sends = section.direction().sends() && self.receives_in(mid)?;
            let cid = section
                .msid()
                .map(|(_, track)| track.to_owned())
                .unwrap_or_default();
            let announced = pending
                .iter()
                .position(|track| sends && track.kind == kind && track.cid == cid);
            let replaced = announced.is_some();
            if let Some(published) = self.published.get(&mid) {
                if sends && !replaced {
                    continue;
                }
                negotiated.unbound.push(published.track);
                self.published.remove(&mid);
            }
            if let Some(index) = announced {
                let track = pending.remove(index);
                negotiated.bound.push(self.bind(section, mid, cid, track)?);
            } else if sends && section.msid().is_some() {
                unnamed.push((section, kind, mid, cid));
            }
        }
        for (section, kind, mid, cid) in unnamed {
            if let Some(index) = pending.iter().position(|track| track.kind == kind) {
                let track = pending.remove(index);
                negotiated.bound.push(self.bind(section, mid, cid, track)?);
            }
        }
        Ok(())
    }

    fn receives_in(&mut self, mid: Mid) -> Result<bool, Fault> {
        self.fence.run(|rtc| {
            Ok(rtc
                .media(mid)
                .is_some_and(|media| media.direction().is_receiving()))
        })
    }

    fn bind(
        &mut self,
        section: &Section,
        mid: Mid,
        sdp_cid: String,
        announced: PendingTrack,
    ) -> Result<Bound, Fault> {
        let params: Vec<PayloadParams> = self.fence.run(|rtc| {
            let negotiated = rtc
                .media(mid)
                .map(|media| media.remote_pts().to_vec())
                .unwrap_or_default();
            let known = rtc.codec_config().params().iter();
            let params = known.filter(|params| negotiated.contains(&params.pt()));
            Ok(params.copied().collect())
        })?;
        let redundant = params
            .iter()
            .find_map(|params| Some((params.red()?, params.pt())))
            .filter(|_| announced.red);
        let codecs = params
            .iter()
            .map(|params| (params.pt(), params.spec()))
            .collect();
        Ok(Bound {
            announced,
            mid,
            sdp_cid,
            mime: "",
            rids: section.send_rids(),
            codecs,
            redundant,
        })
    }

    /// Learns which sections of a client's offer we may send in.
    fn match_slots(&mut self, offer: &Description) -> Result<(), Fault> {
        for section in &offer.sections {
            let (Some(kind), Some(mid)) = (section.kind(), section.mid().map(Mid::from)) else {
                continue;
            };
            let sends = self.fence.run(|rtc| {
                Ok(rtc
                    .media(mid)
                    .is_some_and(|media| media.direction().is_sending()))
            })?;
            if sends {
                self.slots.add(mid, kind);
            } else {
                self.slots.remove(mid);
            }
        }
        Ok(())
    }

    fn finish_answer(&mut self, section: &mut Section, negotiated: &mut Negotiated) {
        let mid = section.mid().map(Mid::from);
        let bound = negotiated
            .bound
            .iter()
            .find(|bound| Some(bound.mid) == mid)
            .map(|bound| bound.announced.clone());
        let published = mid
            .and_then(|mid| self.published.get(&mid))
            .map(|published| published.announced.clone());
        if let Some(track) = bound.or(published) {
            if self.is_two_way() {
                self.write_occupant(section, negotiated);
            } else {
                sdp::write_sender(section, None);
                section.set_direction(Direction::RecvOnly);
            }
            sdp::prefer_codec(section, &track.mime);
            sdp::set_redundancy(section, track.red);
            sdp::set_opus_parameters(section, &track);
        } else {
            self.write_occupant(section, negotiated);
        }
        sdp::finish_answer_section(section);
    }

    /// Writes whose media a section of ours carries, and notes it for the client.
    fn write_occupant(&self, section: &mut Section, negotiated: &mut Negotiated) {
        let Some(mid) = section
            .mid()
            .map(str::to_owned)
            .filter(|_| section.kind().is_some())
        else {
            return;
        };
        let has_rtx = !section.payload_types_of("rtx").is_empty();
        if self.is_two_way() {
            let lasting = self.slots.slot(&mid).map(|slot| SenderLines {
                stream_id: LASTING_STREAM,
                track_id: &mid,
                ssrc: slot.ssrcs.0,
                rtx: has_rtx.then_some(slot.ssrcs.1),
            });
            return sdp::write_sender(section, lasting);
        }
        let sender = self.slots.slot(&mid).and_then(|slot| {
            let wanted = slot.occupant.as_ref()?;
            let (ssrc, rtx) = slot.ssrcs;
            Some(SenderLines {
                stream_id: &wanted.stream_id,
                track_id: &wanted.sid,
                ssrc,
                rtx: has_rtx.then_some(rtx),
            })
        });
        if let Some(sender) = &sender {
            negotiated
                .mid_to_track
                .insert(mid, sender.track_id.to_owned());
        }
        sdp::write_sender(section, sender);
    }

    fn finish(&self, description: &mut Description, negotiated: &mut Negotiated) {
        for line in description
            .session
            .iter_mut()
            .filter(|line| line.starts_with("a=msid-semantic:"))
        {
            "a=msid-semantic:WMS *".clone_into(line);
        }
        negotiated.sdp = description.write();
        let candidates = description
            .sections
            .iter()
            .flat_map(|section| section.attributes("candidate"));
        negotiated.candidates = candidates
            .map(|value| format!("candidate:{value}"))
            .collect();
    }
}

/// An offer of one section of each kind, in which both sides may send; made again, it says the same.
fn offer_both_ways(
    rtc: &mut str0m::Rtc,
    slots: &mut Slots,
    ice_restart: bool,
) -> Option<(SdpOffer, str0m::change::SdpPendingOffer)> {
    let begins = slots.all.is_empty();
    let mut api = rtc.sdp_api();
    if begins {
        for (kind, media) in [
            (Kind::Audio, MediaKind::Audio),
            (Kind::Video, MediaKind::Video),
        ] {
            let mid = api.add_media(media, MediaDirection::SendRecv, None, None, None);
            slots.add(mid, kind);
        }
    }
    if ice_restart {
        api.ice_restart(true);
    }
    let offer = api.apply();
    slots.name(|| *rtc.direct_api().new_ssrc());
    offer
}

/// Tracks come in the codec that the answer names first.
fn name_codecs(all: &mut [Bound], answer: &Description) {
    for bound in all {
        let section = answer
            .sections
            .iter()
            .find(|section| section.mid() == Some(&*bound.mid));
        let first = section.and_then(|section| section.payload_types().next()?.parse::<u8>().ok());
        let codec = bound
            .codecs
            .iter()
            .find(|(pt, _)| Some(**pt) == first)
            .map(|(_, spec)| spec.codec);
        let is_redundant = bound
            .redundant
            .is_some_and(|(payload_type, _)| Some(*payload_type) == first);
        bound.mime = if is_redundant {
            "audio/red"
        } else {
            codec.map_or("", mime_of)
        };
    }
}

impl From<RtcError> for NegotiationError {
    fn from(error: RtcError) -> NegotiationError {
        NegotiationError::Fault(Fault::Rtc(error))
    }
}
