# error without a line: At least one block of this type is required here: rel { … }
locals { a = 1 }
