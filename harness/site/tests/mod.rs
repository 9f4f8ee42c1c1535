mod answers;
mod errors;
mod export;
mod site;
