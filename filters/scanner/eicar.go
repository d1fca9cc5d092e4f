package scanner

// EICAR is the file that all antivirus programs find, by agreement, and that does nothing. It is put together here so
// that none of them finds it in this program.
func EICAR() []byte {
	const backwards = `*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X`
	b := []byte(backwards)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return b
}
