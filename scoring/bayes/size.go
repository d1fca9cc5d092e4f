package bayes

import "math"

// The size of a feature that was in s of S unwanted and h of H wanted samples is
//
//	leastSize + |log((s+0.5)/S) - log((h+0.5)/H)| / 2 * n/(n+1) with n = s+h,
//
// times the emphasis of its kind. It is kept as a number of steps, each 2 % more than the one before: that takes a byte.
const (
	leastSize = 0.3
	firstSize = 0.1 // at step 0
	sizeStep  = 0.02
)

// sizeOf gives the size at each step.
var sizeOf = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(firstSize * math.Exp(sizeStep*float64(i)))
	}
	return t
}()

// stepOf gives the step that is nearest to a size.
func stepOf(size float64) uint8 {
	return uint8(min(max(math.Round(math.Log(size/firstSize)/sizeStep), 0), 255))
}

// measured is how many slots are measured at a time, so that counting takes little memory.
const measured = Slots / 4

// measure sets the sizes of all features.
func (l *Linear) measure(list []Sample) {
	seen := make([][2]uint16, measured)
	for from := uint32(0); from < Slots; from += measured {
		clear(seen)
		tally(seen, from, list)
		l.setSizes(seen, from)
	}
}

// tally counts in how many samples of each class the features were, from a slot on.
func tally(seen [][2]uint16, from uint32, list []Sample) {
	var slots []uint32
	for i := range list {
		class := 0
		if list[i].Spam {
			class = 1
		}
		slots = list[i].Slots.Append(slots[:0])
		for _, s := range slots {
			if s-from < measured && seen[s-from][class] < math.MaxUint16 {
				seen[s-from][class]++
			}
		}
	}
}

// setSizes sets the sizes of the features from a slot on.
func (l *Linear) setSizes(seen [][2]uint16, from uint32) {
	base := math.Log(float64(l.Fitted.Spam)) - math.Log(float64(l.Fitted.Ham))
	for i, n := range seen {
		slot := from + uint32(i)
		s := stretchOf(slot)
		if n[0] == 0 && n[1] == 0 { // as most are
			l.sizes[slot] = s.least
			continue
		}
		both := float64(n[0]) + float64(n[1])
		bias := math.Abs(math.Log((float64(n[1])+0.5)/(float64(n[0])+0.5)) - base)
		l.sizes[slot] = stepOf((leastSize + bias/2*both/(both+1)) * s.emphasis)
	}
}
