//! Sorting short lists. The standard library's sorts are for long ones, and each use adds some two thousand bytes of
//! code to the Worker.

/// Sorts by `is_after`, and keeps the order of equals. It takes one step for each pair in the wrong order, so it is for
/// short lists, and for those that are mostly in order.
pub fn sort_few<T>(items: &mut [T], is_after: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut index = end;
        while index > 0 && is_after(&items[index - 1], &items[index]) {
            items.swap(index - 1, index);
            index -= 1;
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_librarys_stable_sort(
            items in prop::collection::vec((0_u8..9, any::<u16>()), 0..40),
        ) {
            let (mut own, mut standard) = (items.clone(), items);
            sort_few(&mut own, |(one, _), (other, _)| one > other);
            standard.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(own, standard);
        }
    }
}
