mod answers;
mod cluster;
mod errors;
mod export;
mod object;
mod site;
