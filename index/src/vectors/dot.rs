//! How near a query is to every row, and which are nearest.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::row::Layout;
use crate::store::Hash;

/// How many rows are multiplied before any is looked at: their results stay in the fastest cache.
const BLOCK: usize = 256;

/// A query, as whole numbers like those of the rows. Finer ones would take a quarter more time.
pub(super) struct Query {
    numbers: Vec<i8>,
    scale: f32,
}

/// The largest number of a query.
const LARGEST: f32 = 127.0;

impl Query {
    /// `None` if it has another size than the rows, or no direction.
    pub(super) fn new(query: &[f32], layout: &Layout) -> Option<Query> {
        let length = query.iter().map(|it| it * it).sum::<f32>().sqrt();
        let largest = query.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
        if query.len() != layout.dimensions || !length.is_normal() || !largest.is_normal() {
            return None;
        }
        let numbers = query
            .iter()
            .map(|it| (it / largest * LARGEST).round() as i8)
            .collect();
        Some(Query {
            numbers,
            scale: largest / length / LARGEST,
        })
    }

    /// Calls `each` with the number and the cosine of every row.
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        rows: usize,
        layout: &Layout,
        mut each: impl FnMut(usize, f32),
    ) {
        let multiply = fastest();
        let mut cosines = [0.0; BLOCK];
        for start in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - start);
            let block = &bytes[start * layout.stride()..][..count * layout.stride()];
            multiply(&self.numbers, block, layout, &mut cosines[..count]);
            for (row, cosine) in cosines[..count].iter().enumerate() {
                each(start + row, cosine * self.scale);
            }
        }
    }
}

pub(super) type Multiply = fn(&[i8], &[u8], &Layout, &mut [f32]);

/// The way that is fastest on this machine.
pub(super) fn fastest() -> Multiply {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return |query, rows, layout, out| {
            // SAFETY: it needs nothing but AVX2, which this machine was just found to have.
            unsafe { with_avx2(query, rows, layout, out) }
        };
    }
    multiply
}

/// The same instructions, twice as many numbers at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(query: &[i8], rows: &[u8], layout: &Layout, out: &mut [f32]) {
    multiply(query, rows, layout, out);
}

/// Each row's product with the query. Written so that compilers turn it into vector instructions.
#[inline(always)]
pub(super) fn multiply(query: &[i8], rows: &[u8], layout: &Layout, out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(layout.stride()).zip(out) {
        let (scale, numbers) = layout.numbers(row);
        let sum: i32 = numbers
            .iter()
            .zip(query)
            .map(|(a, b)| i32::from(i16::from(*a as i8)) * i32::from(i16::from(*b)))
            .sum();
        *out = sum as f32 * scale;
    }
}

/// The nearest of what it is shown.
pub(super) struct Nearest {
    k: usize,
    /// The farthest of them on top.
    heap: BinaryHeap<Reverse<Near>>,
}

struct Near(f32, Hash);

impl Nearest {
    pub(super) fn new(k: usize) -> Nearest {
        Nearest {
            k,
            heap: BinaryHeap::new(),
        }
    }

    /// Whether something so near would be among them.
    #[inline]
    pub(super) fn would_take(&self, cosine: f32) -> bool {
        self.heap.len() < self.k || self.heap.peek().is_some_and(|it| cosine > it.0.0)
    }

    /// Takes it in place of the farthest.
    pub(super) fn take(&mut self, hash: Hash, cosine: f32) {
        if self.heap.len() >= self.k {
            self.heap.pop();
        }
        self.heap.push(Reverse(Near(cosine, hash)));
    }

    /// Nearest first; what is equally near in the order of the hashes, so that answers never vary.
    pub(super) fn into_sorted(self) -> Vec<(Hash, f32)> {
        let mut sorted: Vec<Near> = self.heap.into_iter().map(|it| it.0).collect();
        sorted.sort_by(|a, b| b.cmp(a));
        sorted.into_iter().map(|it| (it.1, it.0)).collect()
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Near) -> Ordering {
        self.0.total_cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Near) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Near {
    fn eq(&self, other: &Near) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Near {}
