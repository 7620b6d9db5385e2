//! Which layer of each video a subscriber's bandwidth carries.

use super::track::LAYERS;

/// One video that a subscriber wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    /// Highest layer the client asked for.
    pub max_spatial: u8,
    /// What each layer costs now, in bit/s; `None` where the publisher sends nothing.
    pub bitrates: [Option<f64>; LAYERS],
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
/// Everybody gets the smallest layer first, then all rise together; a video is never taken away.
pub(crate) fn allocate(estimate: f64, wants: &[Want]) -> Vec<u8> {
    let mut levels: Vec<u8> = wants
        .iter()
        .map(|want| want.layers().next().map_or(want.max_spatial, |l| l.0))
        .collect();
    let mut spent: f64 = wants
        .iter()
        .filter_map(|want| want.layers().next())
        .map(|(_, bitrate)| bitrate)
        .sum();
    for _ in 1..LAYERS {
        for (want, level) in wants.iter().zip(&mut levels) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIMULCAST: [Option<f64>; LAYERS] = [Some(150e3), Some(500e3), Some(1500e3)];

    fn want(max_spatial: u8) -> Want {
        Want {
            max_spatial,
            bitrates: SIMULCAST,
        }
    }

    #[test]
    fn all_videos_rise_together_as_far_as_the_bandwidth_carries() {
        assert_eq!(allocate(10e6, &[want(2), want(2)]), [2, 2]);
        assert_eq!(allocate(2.2e6, &[want(2), want(2)]), [2, 1]);
        assert_eq!(allocate(1.1e6, &[want(2), want(2)]), [1, 1]);
        assert_eq!(allocate(700e3, &[want(2), want(2)]), [1, 0]);
    }

    #[test]
    fn the_smallest_layer_is_kept_whatever_the_estimate() {
        assert_eq!(allocate(1e3, &[want(2), want(0)]), [0, 0]);
    }

    #[test]
    fn what_the_client_asked_for_is_not_exceeded_and_missing_layers_are_passed_over() {
        assert_eq!(allocate(10e6, &[want(1)]), [1]);
        let gap = Want {
            max_spatial: 2,
            bitrates: [Some(100e3), None, Some(900e3)],
        };
        assert_eq!(allocate(10e6, &[gap]), [2]);
        assert_eq!(allocate(500e3, &[gap]), [0]);
    }
}
