//! All connections of a thread, by a token that is never given twice.

use super::connection::Connection;

/// Connections by token: place in the low half, how often the place was taken in the high half.
#[derive(Debug, Default)]
pub(super) struct Connections {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place {
    generation: u32,
    connection: Option<Connection>,
}

impl Connections {
    /// The token that the next [`Connections::insert`] will give.
    pub(super) fn next_token(&self) -> u64 {
        match self.free.last() {
            Some(&index) => token(
                index,
                self.places.get(place(index)).map_or(0, |place| place.generation),
            ),
            None => token(u32::try_from(self.places.len()).unwrap_or(u32::MAX), 0),
        }
    }

    pub(super) fn insert(&mut self, connection: Connection) -> u64 {
        let token = self.next_token();
        if let Some(index) = self.free.pop() {
            if let Some(place) = self.places.get_mut(place(index)) {
                place.connection = Some(connection);
            }
        } else {
            self.places.push(Place {
                generation: 0,
                connection: Some(connection),
            });
        }
        token
    }

    /// The connection of this token; `None` if it is gone.
    pub(super) fn get_mut(&mut self, token: u64) -> Option<&mut Connection> {
        let place = self.places.get_mut(place(index(token)))?;
        (place.generation == generation(token))
            .then_some(place.connection.as_mut())
            .flatten()
    }

    /// Takes a connection out; its socket is closed when it is dropped.
    pub(super) fn remove(&mut self, token: u64) -> Option<Connection> {
        let place = self.places.get_mut(place(index(token)))?;
        if place.generation != generation(token) {
            return None;
        }
        let connection = place.connection.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(index(token));
        Some(connection)
    }

    /// All connections with their tokens.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Connection)> {
        (0_u32..).zip(&self.places).filter_map(|(index, place)| {
            let connection = place.connection.as_ref()?;
            Some((token(index, place.generation), connection))
        })
    }
}

fn token(index: u32, generation: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(index)
}

fn index(token: u64) -> u32 {
    u32::try_from(token & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn generation(token: u64) -> u32 {
    u32::try_from(token >> 32).unwrap_or(u32::MAX)
}

fn place(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
