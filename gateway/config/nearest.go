package config

import "strings"

// nearest finds the known word that was most likely meant, "" where none is close: a third of the letters may differ,
// at least two, and two neighbours that changed places count as one.
func nearest(word string, known []string) string {
	limit := max(2, len(word)/3)
	if len(word) > 64 {
		return "" // nothing that we know is so long; and no quadratic work for it
	}
	best, found := limit+1, ""
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < best && d < len(k) {
			best, found = d, k
		}
	}
	return found
}

// nearestSymbol is nearest for names in capitals.
func nearestSymbol(word string, known []string) string {
	lower := make([]string, len(known))
	for i := range known {
		lower[i] = strings.ToLower(known[i])
	}
	return strings.ToUpper(nearest(word, lower))
}

// distance is the number of letters to change, insert, remove or swap (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
