//! What goes wrong under the programs: disks here, and servers and networks, case by case and at random.

#[cfg(feature = "s3")]
mod deleting;
mod disk;
#[cfg(feature = "s3")]
mod mix;
#[cfg(feature = "s3")]
mod preparing;
#[cfg(feature = "s3")]
mod publishing;
#[cfg(feature = "s3")]
mod reading;
#[cfg(feature = "s3")]
mod scene;
