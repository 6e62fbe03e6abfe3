//! The primitives of a record: LEB128 numbers, differences, and byte strings with their length in front.

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The record ends inside a field, or a length points past its end.
    #[error("a field reaches past the end of its record")]
    TooShort,
    /// Bytes are left after the last field.
    #[error("{0} bytes are left after the record's last field")]
    LeftOver(usize),
    /// A number that takes more than 64 bits or more bytes than it needs.
    #[error("a number is written in a way that no writer uses")]
    BadNumber,
    /// A text that is no UTF-8.
    #[error("a text is not UTF-8")]
    BadText,
    /// A packed body whose steps don't give its length, or take what isn't there.
    #[error("a packed body can't be unpacked")]
    BadPacking,
    /// A kind, flag or code that this version doesn't know.
    #[error("`{field}` holds {code}, which its version of the format does not know")]
    Unknown {
        /// Which field.
        field: &'static str,
        /// What it holds.
        code: u64,
    },
}

pub(super) fn put_u64(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7F);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The difference `value - base`, small in either direction: zigzag over the wrapped difference, so that any pair of
/// numbers comes back.
pub(super) fn put_difference(value: u64, base: u64, out: &mut Vec<u8>) {
    let difference = value.wrapping_sub(base).cast_signed();
    put_u64(
        (difference.wrapping_shl(1) ^ difference.wrapping_shr(63)).cast_unsigned(),
        out,
    );
}

pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_u64(u64::try_from(bytes.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(bytes);
}

/// One byte that says whether there is a value, then the value.
pub(super) fn put_optional(value: Option<u64>, out: &mut Vec<u8>) {
    match value {
        None => out.push(0),
        Some(value) => {
            out.push(1);
            put_u64(value, out);
        }
    }
}

/// What is left to read of one record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed::TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed::TooShort)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            let placed = bits << shift;
            if placed >> shift != bits {
                return Err(Malformed::BadNumber);
            }
            value |= placed;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(Malformed::BadNumber)
                } else {
                    Ok(value)
                };
            }
        }
        Err(Malformed::BadNumber)
    }

    pub(super) fn number<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        T::try_from(self.u64()?).map_err(|_| Malformed::BadNumber)
    }

    /// A number that is there only if a flag says so; 0 otherwise.
    pub(super) fn number_if<T: TryFrom<u64> + Default>(&mut self, is_there: bool) -> Result<T, Malformed> {
        if is_there { self.number() } else { Ok(T::default()) }
    }

    pub(super) fn difference(&mut self, base: u64) -> Result<u64, Malformed> {
        let zigzag = self.u64()?;
        let sign = (zigzag & 1).wrapping_neg();
        Ok(base.wrapping_add((zigzag >> 1) ^ sign))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.u64()?).map_err(|_| Malformed::TooShort)?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        std::str::from_utf8(self.bytes()?)
            .map(str::to_owned)
            .map_err(|_| Malformed::BadText)
    }

    pub(super) fn optional(&mut self, field: &'static str) -> Result<Option<u64>, Malformed> {
        if self.flag(field)? {
            self.u64().map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            code => Err(Malformed::Unknown {
                field,
                code: u64::from(code),
            }),
        }
    }

    pub(super) fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed::LeftOver(self.0.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_number(value: u64, expected: &[u8]) {
        let mut bytes = Vec::new();
        put_u64(value, &mut bytes);
        assert_eq!(bytes, expected);
        assert_eq!(Fields(&bytes).u64(), Ok(value));
    }

    #[test]
    fn numbers_come_back() {
        check_number(0, &[0]);
        check_number(127, &[0x7F]);
        check_number(128, &[0x80, 1]);
        check_number(
            u64::MAX,
            &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        );
    }

    fn check_bad_number(bytes: &[u8]) {
        assert_eq!(Fields(bytes).u64(), Err(Malformed::BadNumber), "{bytes:?}");
    }

    #[test]
    fn refuses_numbers_that_no_writer_writes() {
        check_bad_number(&[0x80, 0]);
        check_bad_number(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2]);
        check_bad_number(&[0x80; 11]);
    }

    fn check_difference(value: u64, base: u64, expected_bytes: usize) {
        let mut bytes = Vec::new();
        put_difference(value, base, &mut bytes);
        assert_eq!(bytes.len(), expected_bytes, "{value} - {base}");
        assert_eq!(Fields(&bytes).difference(base), Ok(value));
    }

    #[test]
    fn differences_come_back_in_both_directions() {
        check_difference(1_000_000_063, 1_000_000_000, 1);
        check_difference(1_000_000_000, 1_000_000_063, 1);
        check_difference(0, u64::MAX, 1);
        check_difference(1 << 63, 0, 10);
    }

    #[test]
    fn a_length_past_the_end_is_too_short() {
        assert_eq!(Fields(&[5, 1, 2]).bytes(), Err(Malformed::TooShort));
        assert_eq!(
            Fields(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]).bytes(),
            Err(Malformed::TooShort)
        );
    }
}
