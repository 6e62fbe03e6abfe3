use super::{LINEAR, Merged, Merges, NONE, Symbols, WORD};

fn merged(merges: &Merges, ids: &[u32], heap: bool) -> Merged {
    let len = ids.len();
    let mut symbols = Symbols {
        ids: ids.to_vec(),
        ..Symbols::default()
    };
    merges.rank_all(&mut symbols);
    if heap {
        return merges.merge_heap(&mut symbols);
    }
    let mut again = Symbols {
        ids: symbols.ids.clone(),
        ranks: symbols.ranks.clone(),
        ..Symbols::default()
    };
    let best = merges.merge(&mut again);
    let word = Merges::word(&symbols);
    let Symbols { ids, ranks, .. } = &mut symbols;
    let linear = merges.merge_linear(ids, ranks);
    assert_eq!(word.is_some(), len <= WORD);
    if let Some(mut word) = word {
        assert_eq!(merges.merge_word(&mut word), linear, "{ids:?}");
    }
    assert_eq!(best, linear, "{ids:?}");
    linear
}

fn count(merges: &Merges, ids: &[u32], heap: bool) -> usize {
    merged(merges, ids, heap).count
}

/// A list of merges of symbols that are there already, in any order: also such that never happen.
fn any_merges(below: &mut impl FnMut(u32) -> u32, n_base: u32) -> Vec<(u32, u32, u32)> {
    // Symbols by the string that they stand for, as in a file.
    let mut names: Vec<String> = (0..n_base)
        .map(|id| char::from(b'a' + id as u8).to_string())
        .collect();
    let mut list = Vec::new();
    for _ in 0..=below(30) {
        let (left, right) = (below(names.len() as u32), below(names.len() as u32));
        let name = format!("{}{}", names[left as usize], names[right as usize]);
        if name.len() > 9 {
            continue;
        }
        let made = names
            .iter()
            .position(|other| *other == name)
            .unwrap_or(names.len());
        if made == names.len() {
            names.push(name);
        }
        list.push((left, right, made as u32));
    }
    for place in (1..list.len()).rev() {
        list.swap(place, below(place as u32 + 1) as usize);
    }
    list
}

/// What each symbol stands for, in symbols of the base.
fn letters(list: &[(u32, u32, u32)], n_base: u32) -> Vec<Vec<u32>> {
    let most = list
        .iter()
        .map(|merge| merge.2)
        .max()
        .unwrap_or(0)
        .max(n_base - 1);
    let mut letters: Vec<Vec<u32>> = (0..=most)
        .map(|id| if id < n_base { vec![id] } else { vec![] })
        .collect();
    while letters.iter().any(Vec::is_empty) {
        for (left, right, made) in list {
            let (left, right) = (&letters[*left as usize], &letters[*right as usize]);
            if !left.is_empty() && !right.is_empty() {
                letters[*made as usize] = [left.as_slice(), right].concat();
            }
        }
    }
    letters
}

#[test]
fn merges_that_never_happen_can_be_left_out() {
    let mut state = 11u64;
    let mut below = |limit: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % limit
    };
    let (mut n_left_out, mut n_merged) = (0, 0);
    for _ in 0..if cfg!(miri) { 5 } else { 400 } {
        let n_base = 2 + below(3);
        let list = any_merges(&mut below, n_base);
        let all = Merges::new(&list, &[]).unwrap();
        let ranks: Vec<u32> = letters(&list, n_base)
            .iter()
            .map(|letters| merged(&all, letters, false))
            .filter(|merged| merged.count == 1 && merged.last != NONE)
            .map(|merged| merged.last)
            .collect();
        n_left_out += list.len() - ranks.len();
        let base: Vec<u32> = (0..n_base).collect();
        let (few, _) = Merges::only(&list, ranks, &base).unwrap();
        let texts: Vec<Vec<u32>> = (0..40)
            .map(|_| (0..below(14)).map(|_| below(n_base)).collect())
            .collect();
        let mut counts = vec![0; texts.len()];
        let load = |number: usize| {
            let mut symbols = Symbols {
                ids: texts[number].clone(),
                ..Symbols::default()
            };
            few.rank_all(&mut symbols);
            Merges::word(&symbols).unwrap()
        };
        few.merge_words(texts.len(), load, |number, count| counts[number] = count);
        for (text, found) in texts.iter().zip(counts) {
            let expected = count(&all, text, false);
            assert_eq!(count(&few, text, false), expected, "{list:?} {text:?}");
            assert_eq!(count(&few, text, true), expected, "{list:?} {text:?}");
            assert_eq!(found, expected, "{list:?} {text:?}");
            n_merged += text.len() - expected;
        }
    }
    assert!(n_left_out > 20 && n_merged > 100, "{n_left_out} {n_merged}");
}

#[test]
fn takes_the_lowest_rank_and_then_the_leftmost() {
    // a=0 b=1 c=2; bc=3 before ab=4 before abc=5.
    let merges = Merges::new(&[(1, 2, 3), (0, 1, 4), (0, 3, 5), (0, 0, 6)], &[]).unwrap();
    for (ids, expected) in [
        (vec![0, 1, 2], 1),
        (vec![0, 1], 1),
        (vec![1, 0], 2),
        (vec![0, 0, 0], 2),
        (vec![0, 0, 1, 2], 2),
        (vec![2], 1),
        (vec![], 0),
    ] {
        assert_eq!(count(&merges, &ids, false), expected, "{ids:?}");
        assert_eq!(count(&merges, &ids, true), expected, "{ids:?}");
    }
}

#[test]
fn the_last_of_two_equal_pairs_counts() {
    let merges = Merges::new(&[(0, 1, 3), (1, 2, 4), (0, 1, 3)], &[]).unwrap();
    assert_eq!((merges.rank(0, 1), merges.rank(1, 2)), (2, 1));
}

#[test]
fn heap_and_linear_search_agree() {
    let list: Vec<(u32, u32, u32)> = (0..if cfg!(miri) { 300 } else { 3000u32 })
        .map(|index| (index * 7 % 40, index * 11 % 43, 5 + index % 60))
        .collect();
    let merges = Merges::new(&list, &[]).unwrap();
    let mut state = 1u64;
    // Miri is some thousand times slower.
    let (step, words) = if cfg!(miri) { (32, 18) } else { (1, 2000) };
    let words = (0..words).map(|number| number % (WORD + 2));
    for len in (0..=LINEAR).step_by(step).chain(words) {
        let ids: Vec<u32> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as u32 % 45
            })
            .collect();
        assert_eq!(count(&merges, &ids, false), count(&merges, &ids, true), "{ids:?}");
    }
}

#[test]
fn refuses_more_than_it_can_hold() {
    let most = (1 << 18) - 2;
    assert!(Merges::new(&[(most, 0, 0)], &[most]).is_ok());
    assert!(Merges::new(&[(most + 1, 0, 0)], &[]).is_err());
    assert!(Merges::new(&[(0, 0, most + 1)], &[]).is_err());
    assert!(Merges::new(&[(0, 0, 1)], &[most + 1]).is_err());
    assert!(Merges::only(&[(0, 0, u32::MAX - 1)], vec![0], &[0]).is_err());
    let many: Vec<u32> = (0..most).collect();
    assert!(Merges::only(&[(0, 0, most)], vec![0], &many).is_err());
}
