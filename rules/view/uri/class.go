package uri

// Classes of bytes.
const (
	ends     uint8 = 1 << iota // ends a link in text
	mailEnds                   // ends a mail address in text
	starts                     // a link may begin behind it
	bareFrom                   // a host without a scheme may begin behind it
	word                       // letter, digit, underscore
	hostByte                   // may be part of a host
	alnum                      // letter, digit
	blank                      // white space
)

// class has the classes of each byte. Byte 0xA0 is the no-break space of Latin-1; it ends a link even where it is the
// second byte of a letter in UTF-8.
var class = func() (c [256]uint8) {
	mark := func(bits uint8, bytes string) {
		for i := 0; i < len(bytes); i++ {
			c[bytes[i]] |= bits
		}
	}
	const space = " \t\n\v\f\r"
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	mark(ends|mailEnds, "><\"`}]{[|\x1b\xa0"+space)
	mark(mailEnds, ",('")
	for b := 0x80; b < 0x100; b++ {
		c[b] |= mailEnds
	}
	mark(starts, "><\"'`,{[(|\x1b\xa0"+space)
	mark(bareFrom, "!\"#$&'()*+,/:;<=>?@[\\]^`{|}~\x1b\xa0"+space)
	mark(word, letters+"_")
	mark(hostByte, letters+"._-")
	mark(alnum, letters)
	mark(blank, space)
	return c
}()

func is(c byte, bits uint8) bool { return class[c]&bits != 0 }
