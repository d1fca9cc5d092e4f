package bayes

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"slices"

	"weir/scoring/bayes"
)

// group puts near-copies together: mails whose sketches of word pairs have at least 80 % in common, and all that are
// linked by such.
func group(list []*mail) {
	sketches := make([][]uint64, len(list))
	with := map[uint64][]int{}
	for i, m := range list {
		m.like = i
		sketches[i] = sketch(m)
		for _, h := range sketches[i] {
			with[h] = append(with[h], i)
		}
	}
	for i, s := range sketches {
		common := map[int]int{}
		for _, h := range s {
			for _, j := range with[h][:min(len(with[h]), 300)] {
				if j < i {
					common[j]++
				}
			}
		}
		for j, n := range common {
			if least := min(len(s), len(sketches[j])); least >= 8 && 10*n >= 8*least {
				list[root(list, i)].like = root(list, j)
			}
		}
	}
	for i := range list {
		list[i].like = root(list, i)
	}
}

func root(list []*mail, i int) int {
	for list[i].like != i {
		i = list[i].like
	}
	return i
}

// sketch is the 48 smallest hashes of a mail's word pairs.
func sketch(m *mail) []uint64 {
	var all []uint64
	for _, t := range m.tokens {
		if t.Kind == bayes.Pair {
			all = append(all, t.Hash)
		}
	}
	slices.Sort(all)
	return all[:min(len(all), 48)]
}

// split is what is learned and what is judged then.
type split struct{ learn, judge []*mail }

// folds makes five splits, others for each seed. Groups stay together.
func folds(list []*mail, seed uint64) []split {
	out := make([]split, 5)
	of := map[int]int{}
	order := rand.New(rand.NewPCG(seed, 7))
	for _, m := range list {
		if _, ok := of[m.like]; !ok {
			of[m.like] = order.IntN(len(out))
		}
		for k := range out {
			if k == of[m.like] {
				out[k].judge = append(out[k].judge, m)
			} else {
				out[k].learn = append(out[k].learn, m)
			}
		}
	}
	return out
}

// twoHalves makes two halves. Groups stay together.
func twoHalves(list []*mail) (out split) {
	order := rand.New(rand.NewPCG(7, 7))
	learned := map[int]bool{}
	for _, m := range list {
		if _, ok := learned[m.like]; !ok {
			learned[m.like] = order.IntN(2) == 0
		}
		if learned[m.like] {
			out.learn = append(out.learn, m)
		} else {
			out.judge = append(out.judge, m)
		}
	}
	return out
}

var dash = regexp.MustCompile(`-(\d{5}\.)`)

// halves are those of ../shared/peers/split.py: the order is that of a hash of the name, every second is learned.
func halves(list []*mail) split {
	key := func(m *mail) string {
		class := "ham"
		if m.spam {
			class = "spam"
		}
		name := dash.ReplaceAllString(m.name, "$1")
		sum := sha1.Sum([]byte(class + name[:len(name)-4] + ".txt"))
		return hex.EncodeToString(sum[:])
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b *mail) int { return cmp.Compare(key(a), key(b)) })
	var out split
	var n [2]int
	for _, m := range sorted {
		c := class(m.spam)
		if n[c]++; n[c]%2 == 1 {
			out.learn = append(out.learn, m)
		} else {
			out.judge = append(out.judge, m)
		}
	}
	return out
}
