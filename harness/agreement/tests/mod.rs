mod accepted;
mod planted;
mod runs;
mod told;
mod world;
