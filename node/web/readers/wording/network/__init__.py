"""The words of pages about copies, proofs and the network: one table a language, a part of that language's wording."""
