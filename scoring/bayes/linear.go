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
type Linear struct {
	weights []float32
	bias    float64
	Fitted  Learned // messages it was fitted to
}

const (
	linearBits = 18
	linearCut  = slotBits - linearBits // of a slot's bits, those that are left out
	orders     = 4                     // in which the sample is gone over; their models are averaged
	rate       = 32.0                  // of the gradient, on features of length 1
	biasRate   = 0.1 * rate
)

// Enough is the number of samples of each class from which the linear model is believed.
const Enough = 20

// Fit fits a model to a sample: it goes over it four times from the beginning, each time in another order, and takes
// the mean of what comes out, which depends much less on chance than one of them does. The orders depend on the
// samples' IDs alone, not on that of list, which Fit sorts. It takes some 20 microseconds a sample. nil: there is not enough of
// either class.
func Fit(list []Sample) *Linear {
	l := &Linear{weights: make([]float32, 1<<linearBits)}
	for i := range list {
		if list[i].Spam {
			l.Fitted.Spam++
		} else {
			l.Fitted.Ham++
		}
	}
	if l.Fitted.Fewer() < Enough {
		return nil
	}
	once := Linear{weights: make([]float32, 1<<linearBits)}
	for order := range uint64(orders) {
		shuffle(list, order)
		once.pass(list)
		l.bias += once.bias / orders
		for i, w := range once.weights {
			l.weights[i] += w / orders
		}
	}
	return l
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

// pass goes over the samples once, from nothing.
func (l *Linear) pass(list []Sample) {
	clear(l.weights)
	l.bias = 0
	var slots []uint32
	for i := range list {
		slots = list[i].Slots.Append(slots[:0])
		l.learn(slots, list[i].Spam)
	}
}

func (l *Linear) learn(slots []uint32, spam bool) {
	sum := float32(0)
	for _, s := range slots {
		sum += l.weights[s>>linearCut]
	}
	length := math.Sqrt(float64(len(slots)) + 1)
	wrong := -logistic(float64(sum)/length + l.bias)
	if spam {
		wrong++
	}
	l.bias += wrong * biasRate
	step := float32(wrong * rate / length)
	for _, s := range slots {
		l.weights[s>>linearCut] += step
	}
}

// Odds gives the logarithm of the odds for spam.
func (l *Linear) Odds(tokens []Token) float64 {
	sum := float32(0)
	for i := range tokens {
		sum += l.weights[tokens[i].Slot()>>linearCut]
	}
	return float64(sum)/math.Sqrt(float64(len(tokens))+1) + l.bias
}

// weight is what one feature adds to the odds of a message with n features.
func (l *Linear) weight(t Token, n int) float64 {
	return float64(l.weights[t.Slot()>>linearCut]) / math.Sqrt(float64(n)+1)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
