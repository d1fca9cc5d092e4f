package bayes

// Change is what learning adds to a cell.
type Change struct {
	Cell uint32
	Add  int32
}

// Changes adds to list what learning a message of a class changes, or with sign -1 what unlearning it does. Unlearning
// takes away exactly what learning added.
func Changes(list []Change, slots []uint32, spam bool, sign int32) []Change {
	for _, s := range slots {
		list = append(list, Change{Cell(s, spam), sign})
	}
	return append(list, Change{Total(spam), sign})
}
