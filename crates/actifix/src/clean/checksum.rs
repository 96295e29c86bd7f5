//! Sums that tell a real number or token from one that only looks like it.

/// Luhn's sum, which every payment card's number keeps to.
pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The last six characters are the CRC-32 of those before, in base 62: so tokens of GitHub and npm end.
pub fn summed(token: &[u8]) -> bool {
    let Some(split) = token.len().checked_sub(6) else {
        return false;
    };
    let (body, sum) = token.split_at(split);
    base62(sum) == Some(u64::from(crc32(body)))
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn base62(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |value, byte| {
        let digit = BASE62.iter().position(|known| known == byte)?;
        Some(value * 62 + digit as u64)
    })
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert!(luhn(b"79927398713") && !luhn(b"79927398710"));
        let mut token = b"A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5".to_vec();
        let mut sum = u64::from(crc32(&token));
        let mut tail = [0; 6];
        for place in tail.iter_mut().rev() {
            *place = BASE62[(sum % 62) as usize];
            sum /= 62;
        }
        token.extend(tail);
        assert!(summed(&token));
        token[0] = b'B';
        assert!(!summed(&token) && !summed(b"abc"));
    }
}
