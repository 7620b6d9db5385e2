//! Inputs made of known ones: changed in a few places, cut, joined, or quite random.

use fastrand::Rng;

const MAX_BYTES: usize = 2000;
/// Values at which lengths and counters go wrong.
const EDGES: [u8; 8] = [0, 1, 0x0f, 0x3f, 0x7f, 0x80, 0xc0, 0xff];

pub struct Inputs<'a> {
    seeds: &'a [&'a [u8]],
    random: Rng,
}

impl<'a> Inputs<'a> {
    pub fn new(seeds: &'a [&'a [u8]], seed: u64) -> Inputs<'a> {
        Inputs {
            seeds,
            random: Rng::with_seed(seed),
        }
    }

    fn known(&mut self) -> Vec<u8> {
        self.seeds[self.random.usize(..self.seeds.len())].to_vec()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.usize(..=input.len());
        match random.u8(..7) {
            0 => input.truncate(at),
            1 => input.insert(at, random.u8(..)),
            2 => {
                let end = random.usize(at..=input.len());
                input.drain(at..end);
            }
            3 => {
                let end = random.usize(at..=input.len());
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            4 => {
                let other = self.known();
                input.truncate(at);
                input.extend(other);
            }
            kind => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = match kind {
                        5 => *byte ^ 1 << random.u8(..8),
                        _ => EDGES[random.usize(..EDGES.len())],
                    };
                }
            }
        }
        input.truncate(MAX_BYTES);
    }
}

impl Iterator for Inputs<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.random.u8(..10) == 0 {
            let length = self.random.usize(..200);
            return Some((0..length).map(|_| self.random.u8(..)).collect());
        }
        let mut input = self.known();
        for _ in 0..self.random.u8(1..8) {
            self.change(&mut input);
        }
        Some(input)
    }
}
