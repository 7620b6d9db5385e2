//! Packets of one turn for one client, one after the other in memory, so that runs of equal size need no copying to be sent.

/// Datagrams waiting to be sent together.
#[derive(Default)]
pub(crate) struct Batch {
    data: Vec<u8>,
    /// Where each packet ends.
    ends: Vec<usize>,
}

impl Batch {
    /// Adds the packet that `write` appends to the buffer.
    pub fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.data);
        self.ends.push(self.data.len());
    }

    pub fn packets(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let bounds = starts.zip(&self.ends);
        bounds.map(|(start, end)| &self.data[*start..*end])
    }

    /// The packets as trains of at most `limit` bytes: equal sizes, of which the last may be smaller.
    ///
    /// Each comes with the size of its packets.
    pub fn trains(&self, limit: usize, segments: usize) -> impl Iterator<Item = (&[u8], usize)> {
        let mut next = 0usize;
        std::iter::from_fn(move || {
            let start = next.checked_sub(1).map_or(0, |last| self.ends[last]);
            let size = self.ends.get(next)? - start;
            let (mut end, first) = (self.ends[next], next);
            next += 1;
            while let Some(following) = self.ends.get(next) {
                let length = following - end;
                if length > size || following - start > limit || next - first >= segments {
                    break;
                }
                (end, next) = (*following, next + 1);
                if length < size {
                    break;
                }
            }
            Some((&self.data[start..end], size))
        })
    }

    /// Whether any of its packets can travel together.
    pub fn has_trains(&self) -> bool {
        let mut sizes = self.packets().map(<[u8]>::len);
        let mut last = sizes.next().unwrap_or(0);
        sizes.any(|size| std::mem::replace(&mut last, size) >= size)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn clear(&mut self) {
        self.data.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trains(sizes: &[usize], limit: usize, segments: usize) -> Vec<(usize, usize)> {
        let mut batch = Batch::default();
        for size in sizes {
            batch.add(|out| out.resize(out.len() + size, 0));
        }
        let trains = batch.trains(limit, segments);
        trains.map(|(train, size)| (train.len(), size)).collect()
    }

    #[test]
    fn a_train_is_a_run_of_equal_sizes_with_at_most_one_shorter_end() {
        assert_eq!(trains(&[9, 9, 9], 99, 64), [(27, 9)]);
        assert_eq!(trains(&[9, 9, 4, 9], 99, 64), [(22, 9), (9, 9)]);
        assert_eq!(trains(&[9, 10], 99, 64), [(9, 9), (10, 10)]);
        assert_eq!(trains(&[], 99, 64), []);
    }

    #[test]
    fn trains_are_no_longer_than_the_kernel_takes() {
        assert_eq!(trains(&[9, 9, 9], 20, 64), [(18, 9), (9, 9)]);
        assert_eq!(trains(&[9, 9, 9], 99, 2), [(18, 9), (9, 9)]);
        assert_eq!(trains(&[90, 9], 20, 64), [(90, 90), (9, 9)]);
    }

    #[test]
    fn packets_come_back_one_by_one_until_cleared() {
        let mut batch = Batch::default();
        batch.add(|out| out.extend([1, 2]));
        batch.add(|out| out.extend([3]));
        assert!(batch.packets().eq([&[1, 2][..], &[3]]));
        batch.clear();
        assert_eq!((batch.len(), batch.packets().count()), (0, 0));
    }
}
