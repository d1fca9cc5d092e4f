package bayes

import (
	"cmp"
	"math"
	"slices"
)

// Sample is a learned message as the linear model sees it.
type Sample struct {
	ID    uint64 // tells samples apart, and gives their order
	Spam  bool
	Slots Vector
}

// Linear is a linear model: a weight for each feature, by logistic regression. It is only read once it is fitted.
//
// A message is a vector of length 1. Its features do not have equal parts in it: one that was seen in messages of one
// class only has a greater part than one that was in as many of both. The regression begins with what simple
// counting knows, and its weights say what that gets wrong.
//
// What share of a sample is spam tells how its owner collected it, and nothing of the next message. So the regression
// is told that share beforehand, and its weights are those for as much spam as ham.
type Linear struct {
	sizes   [Slots]uint8 // of features, as steps: see sizeOf
	weights [1 << linearBits]float32
	bias    float64
	ratio   float64 // logarithm of the sample's odds for spam, which are left out of a verdict
	Fitted  Learned // messages it was fitted to
}

const (
	linearBits = 18
	linearCut  = slotBits - linearBits // of a slot's bits, those that are left out of its weight's place
	orders     = 8                     // in which the sample is gone over; their models are averaged
	rate       = 32.0                  // of the gradient
	biasRate   = 0.02 * rate
)

// Enough is the number of samples of each class from which the linear model is believed.
const Enough = 20

// Fit fits a model to a sample: it goes over it eight times from the beginning, each time in another order, and takes
// the mean of what comes out, which depends much less on chance than one of them does. The orders depend on the
// samples' IDs alone, not on that of list, which Fit sorts. It takes some 60 microseconds a sample. nil: there is not
// enough of either class.
func Fit(list []Sample) *Linear {
	l := &Linear{Fitted: classes(list)}
	if l.Fitted.Fewer() < Enough {
		return nil
	}
	l.ratio = math.Log(float64(l.Fitted.Spam) / float64(l.Fitted.Ham))
	l.measure(list)
	p := pass{Linear: l, weights: make([]float32, len(l.weights))}
	for order := range uint64(orders) {
		shuffle(list, order)
		clear(p.weights)
		p.bias = 0
		for i := range list {
			p.learn(&list[i])
		}
		l.bias += p.bias / orders
		for i, w := range p.weights {
			l.weights[i] += w / orders
		}
	}
	return l
}

// classes counts the samples of each class.
func classes(list []Sample) (n Learned) {
	for i := range list {
		if list[i].Spam {
			n.Spam++
		} else {
			n.Ham++
		}
	}
	return n
}

// shuffle puts samples into an order that looks like chance.
func shuffle(list []Sample, order uint64) {
	slices.SortFunc(list, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(mix(a.ID^order<<56), mix(b.ID^order<<56)), cmp.Compare(a.ID, b.ID))
	})
}

// mix turns numbers that may lie close together into an order of chance.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// pass goes over the samples once.
type pass struct {
	*Linear // for the sizes
	weights []float32
	bias    float64
	slots   []uint32
}

func (p *pass) learn(m *Sample) {
	p.slots = m.Slots.Append(p.slots[:0])
	sum, square := float32(0), float32(1)
	for _, s := range p.slots {
		size := sizeOf[p.sizes[s]]
		sum += p.weights[s>>linearCut] * size
		square += size * size
	}
	length := math.Sqrt(float64(square))
	wrong := -logistic(float64(sum)/length + p.bias + p.ratio)
	if m.Spam {
		wrong++
	}
	p.bias += wrong * biasRate
	step := float32(wrong * rate / length)
	for _, s := range p.slots {
		p.weights[s>>linearCut] += step * sizeOf[p.sizes[s]]
	}
}

// Odds gives the logarithm of the odds for spam.
func (l *Linear) Odds(tokens []Token) float64 {
	sum, length := l.sum(tokens)
	return sum/length + l.bias
}

// sum adds up the features of a message, and gives the length of its vector.
func (l *Linear) sum(tokens []Token) (sum, length float64) {
	all, square := float32(0), float32(1)
	for i := range tokens {
		slot := tokens[i].Slot()
		size := sizeOf[l.sizes[slot]]
		all += l.weights[slot>>linearCut] * size
		square += size * size
	}
	return float64(all), math.Sqrt(float64(square))
}

// weight is what one feature adds to the odds of a message whose vector has a length.
func (l *Linear) weight(t Token, length float64) float64 {
	slot := t.Slot()
	return float64(l.weights[slot>>linearCut]*sizeOf[l.sizes[slot]]) / length
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
