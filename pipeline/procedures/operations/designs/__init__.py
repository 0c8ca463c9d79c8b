"""Operations on files of designs: write, merge, import, validate and test them."""
