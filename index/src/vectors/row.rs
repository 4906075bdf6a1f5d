//! The bytes of a vector file: its header, and its rows `[hash 8 | scale 4 | numbers, one byte each | checksum 4]`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use crate::store::Hash;

/// The bytes of the header.
pub(super) const HEADER: usize = 32;
/// What the file begins with; the last byte is the version of all that follows.
const MAGIC: [u8; 8] = *b"HOBVEC\0\x02";
/// The most dimensions, twice those of the largest embedding models known. So many products of numbers up to 127 can be
/// summed up in 32 bits.
const MOST_DIMENSIONS: usize = 8_192;

const HASH: usize = size_of::<Hash>();
const SCALE: usize = 4;
const CHECKSUM: usize = 4;

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    dimensions: u32,
    /// Which file this is: another one after each rewrite.
    generation: u64,
    /// The hash of the embedder's id.
    embedder: Hash,
}

impl Header {
    pub(super) fn new(dimensions: usize, id: &str) -> Header {
        Header {
            // At most MOST_DIMENSIONS.
            dimensions: dimensions as u32,
            generation: now(),
            embedder: crate::store::hash(id),
        }
    }

    /// That of the file which replaces this one.
    pub(super) fn next(self) -> Header {
        Header {
            generation: now().max(self.generation.wrapping_add(1)),
            ..self
        }
    }

    /// Whether both are of the same embedder.
    pub(super) fn is_of(&self, other: &Header) -> bool {
        (self.dimensions, self.embedder) == (other.dimensions, other.embedder)
    }

    pub(super) fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.dimensions.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.generation.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.embedder);
        let checksum = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header of a file of this embedder; `None` if it is damaged or another's.
    pub(super) fn read(path: &Path, dimensions: usize, id: &str) -> io::Result<Option<Header>> {
        let wanted = Header::new(dimensions, id);
        Ok(Header::read_from(&File::open(path)?)?.filter(|it| it.is_of(&wanted)))
    }

    /// The header of a file; `None` if it is damaged.
    pub(super) fn read_from(mut file: &File) -> io::Result<Option<Header>> {
        let mut bytes = [0; HEADER];
        match file.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let header = Header {
            dimensions: u32::from_le_bytes(part(&bytes, 8)),
            generation: u64::from_le_bytes(part(&bytes, 12)),
            embedder: part(&bytes, 20),
        };
        // Whatever is not as this version writes it: magic, padding, checksum.
        Ok((header.bytes() == bytes).then_some(header))
    }
}

/// Where in a file its rows are, and what in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) dimensions: usize,
}

impl Layout {
    pub(super) fn new(dimensions: usize) -> io::Result<Layout> {
        if dimensions == 0 || dimensions > MOST_DIMENSIONS {
            let why = format!("vectors of {dimensions} dimensions can't be kept");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(Layout { dimensions })
    }

    /// The bytes of a row.
    pub(super) fn stride(&self) -> usize {
        HASH + SCALE + self.dimensions + CHECKSUM
    }

    /// How many whole rows a file of so many bytes has.
    pub(super) fn rows(&self, bytes: u64) -> usize {
        (bytes.saturating_sub(HEADER as u64) / self.stride() as u64) as usize
    }

    /// The length of a file with so many rows.
    pub(super) fn end(&self, rows: usize) -> u64 {
        HEADER as u64 + rows as u64 * self.stride() as u64
    }

    /// A row's bytes; `rows` begins behind the header.
    pub(super) fn row<'a>(&self, rows: &'a [u8], row: usize) -> &'a [u8] {
        &rows[row * self.stride()..][..self.stride()]
    }

    pub(super) fn hash(&self, rows: &[u8], row: usize) -> Hash {
        part(self.row(rows, row), 0)
    }

    pub(super) fn is_good(&self, rows: &[u8], row: usize) -> bool {
        let (content, checksum) = self.row(rows, row).split_at(self.stride() - CHECKSUM);
        crc32fast::hash(content).to_le_bytes() == checksum
    }

    /// What the numbers of a row are multiplied with, and the numbers.
    #[inline(always)]
    pub(super) fn numbers<'a>(&self, row: &'a [u8]) -> (f32, &'a [u8]) {
        let scale = f32::from_le_bytes(part(row, HASH));
        (scale, &row[HASH + SCALE..][..self.dimensions])
    }

    /// Writes a vector as a row, made to length 1.
    ///
    /// Each vector has a scale of its own, its largest number: with one scale for all, the numbers of a vector of
    /// 384 dimensions, most below 0.1, would have but a dozen values (`index/examples/vectors.rs` measures).
    pub(super) fn write(&self, hash: &Hash, vector: &[f32], out: &mut Vec<u8>) -> io::Result<()> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        if vector.len() != self.dimensions {
            return Err(invalid(format!(
                "a vector of {} dimensions where all have {}",
                vector.len(),
                self.dimensions
            )));
        }
        let length = vector.iter().map(|it| it * it).sum::<f32>().sqrt();
        let largest = vector.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
        if !length.is_normal() || !largest.is_normal() {
            return Err(invalid("a vector without a direction".to_owned()));
        }
        let start = out.len();
        out.extend_from_slice(hash);
        out.extend_from_slice(&(largest / length / 127.0).to_le_bytes());
        out.extend(
            vector
                .iter()
                .map(|it| (it / largest * 127.0).round() as i8 as u8),
        );
        let checksum = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&checksum.to_le_bytes());
        Ok(())
    }
}

#[inline(always)]
fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[from..from + N]);
    part
}

/// Nanoseconds; good enough to tell two files apart.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |it| it.as_nanos() as u64)
}
