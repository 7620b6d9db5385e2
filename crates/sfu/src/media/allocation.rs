//! Which layer of each video a subscriber's bandwidth carries.

use super::track::LAYERS;

/// So much more than its smallest layer must fit before a video that was left out comes back.
const RETURN_MARGIN: f64 = 1.2;

/// One video that a subscriber wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    /// Highest layer the client asked for.
    pub max_spatial: u8,
    /// What each layer costs now, in bit/s; `None` where the publisher sends nothing.
    pub bitrates: [Option<f64>; LAYERS],
    /// It is left out at present.
    pub starved: bool,
}

impl Want {
    /// Layers that could be forwarded, from the smallest.
    fn layers(&self) -> impl DoubleEndedIterator<Item = (u8, f64)> {
        let max = usize::from(self.max_spatial);
        (0..LAYERS)
            .filter(move |spatial| *spatial <= max)
            .filter_map(|s| Some((s as u8, self.bitrates[s]?)))
    }
}

/// The highest layer allowed for each want, so that the sum fits into `estimate` bit/s.
///
/// Everybody gets the smallest layer first, then all rise together. A video whose smallest layer does not fit is left out
/// (`None`) where `may_pause` says so, and else gets that layer all the same.
pub(crate) fn allocate(estimate: f64, wants: &[Want], may_pause: bool) -> Vec<Option<u8>> {
    let mut spent = 0.0;
    let mut levels: Vec<Option<u8>> = vec![None; wants.len()];
    for index in by_need(wants) {
        let want = &wants[index];
        let (smallest, cost) = want.layers().next().unwrap_or((want.max_spatial, 0.0));
        // Who is off comes back with room to spare, so that it is not off again at once.
        let needed = if want.starved {
            cost * RETURN_MARGIN
        } else {
            cost
        };
        if !may_pause || spent + needed <= estimate {
            levels[index] = Some(smallest);
            spent += cost;
        }
    }
    for _ in 1..LAYERS {
        for (want, level) in wants.iter().zip(&mut levels) {
            let Some(level) = level else {
                continue;
            };
            let current = want.layers().find(|(spatial, _)| spatial == level);
            let next = want.layers().find(|(spatial, _)| spatial > level);
            if let (Some((_, now)), Some((spatial, then))) = (current, next)
                && spent - now + then <= estimate
            {
                spent += then - now;
                *level = spatial;
            }
        }
    }
    levels
}

/// Who is served first: who is on stays on, and then the cheapest, so that most are seen.
fn by_need(wants: &[Want]) -> Vec<usize> {
    let cost = |want: &Want| want.layers().next().map_or(0.0, |(_, bitrate)| bitrate);
    let mut order: Vec<usize> = (0..wants.len()).collect();
    order.sort_by(|one, other| {
        let (one, other) = (&wants[*one], &wants[*other]);
        let on_first = one.starved.cmp(&other.starved);
        on_first.then(cost(one).total_cmp(&cost(other)))
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIMULCAST: [Option<f64>; LAYERS] = [Some(150e3), Some(500e3), Some(1500e3)];

    fn want(max_spatial: u8) -> Want {
        Want {
            max_spatial,
            bitrates: SIMULCAST,
            starved: false,
        }
    }

    /// What each gets where nobody may be left out.
    fn layers(estimate: f64, wants: &[Want]) -> Vec<u8> {
        let levels = allocate(estimate, wants, false);
        levels.into_iter().map(|level| level.unwrap()).collect()
    }

    fn single(bitrate: f64, starved: bool) -> Want {
        Want {
            max_spatial: 2,
            bitrates: [Some(bitrate), None, None],
            starved,
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_where_that_is_allowed() {
        let wants = [single(900e3, false), single(200e3, false), want(0)];
        assert_eq!(allocate(400e3, &wants, true), [None, Some(0), Some(0)]);
        assert_eq!(allocate(160e3, &wants, true), [None, None, Some(0)]);
        assert_eq!(allocate(1e3, &wants, true), [None, None, None]);
        assert_eq!(layers(1e3, &wants), [0, 0, 0]);
    }

    #[test]
    fn layers_go_down_before_anybody_is_left_out() {
        assert_eq!(
            allocate(310e3, &[want(2), want(2)], true),
            [Some(0), Some(0)]
        );
    }

    #[test]
    fn who_was_left_out_comes_back_with_room_to_spare_and_pushes_nobody_out() {
        let wants = [single(300e3, false), single(200e3, true)];
        assert_eq!(allocate(510e3, &wants, true), [Some(0), None]);
        assert_eq!(allocate(550e3, &wants, true), [Some(0), Some(0)]);
        assert_eq!(allocate(310e3, &wants, true), [Some(0), None]);
    }

    #[test]
    fn all_videos_rise_together_as_far_as_the_bandwidth_carries() {
        assert_eq!(layers(10e6, &[want(2), want(2)]), [2, 2]);
        assert_eq!(layers(2.2e6, &[want(2), want(2)]), [2, 1]);
        assert_eq!(layers(1.1e6, &[want(2), want(2)]), [1, 1]);
        assert_eq!(layers(700e3, &[want(2), want(2)]), [1, 0]);
    }

    #[test]
    fn the_smallest_layer_is_kept_whatever_the_estimate() {
        assert_eq!(layers(1e3, &[want(2), want(0)]), [0, 0]);
    }

    #[test]
    fn what_the_client_asked_for_is_not_exceeded_and_missing_layers_are_passed_over() {
        assert_eq!(layers(10e6, &[want(1)]), [1]);
        let gap = Want {
            max_spatial: 2,
            bitrates: [Some(100e3), None, Some(900e3)],
            starved: false,
        };
        assert_eq!(layers(10e6, &[gap]), [2]);
        assert_eq!(layers(500e3, &[gap]), [0]);
    }
}
