package problem

import (
	"iter"
	"strings"
)

// longest is the length of a name, in bytes, that is still compared: the work grows with its square.
const longest = 128

// Nearest finds the name that was probably meant: at most a third of it may differ, where two neighbours that changed places
// are one difference, and capitals are none. "" if none is near.
func Nearest(name string, names iter.Seq[string]) string {
	best, at := "", len(name)/3+1
	if len(name) > longest {
		return ""
	}
	lower := strings.ToLower(name)
	for n := range names {
		if abs(len(n)-len(name)) >= at {
			continue
		}
		if d := distance(lower, strings.ToLower(n), at); d < at {
			best, at = n, d
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// distance is the number of inserted, dropped, changed or swapped bytes between a and b; limit if it is no less.
func distance(a, b string, limit int) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			step := 1
			if a[i-1] == b[j-1] {
				step = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+step)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
