package ratelimit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/filters/setting"
)

// Rate is a number of mails in a time, written as "100/1h"; "" is no limit. That many may come at once.
type Rate struct {
	Count int
	Per   time.Duration
}

// maxPer is the longest time of a rate.
const maxPer = 7 * 24 * time.Hour

// UnmarshalText reads "100/1h", "100/h", "5000/1d" or "".
func (r *Rate) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = Rate{}
		return nil
	}
	number, per, ok := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if per = strings.TrimSpace(per); per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per
	}
	var d setting.Duration
	if !ok || err != nil || n < 1 || n > 1_000_000_000 || d.UnmarshalText([]byte(per)) != nil || d.D() < time.Second || d.D() > maxPer {
		return fmt.Errorf(`%q is no rate: write a number and a time from 1s to 7d, like "100/1h"; "" is no limit`, text)
	}
	*r = Rate{n, d.D()}
	return nil
}

// MarshalText writes the form that UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) {
	if r.Count == 0 {
		return nil, nil
	}
	per, err := setting.Duration(r.Per).MarshalText()
	return fmt.Appendf(nil, "%d/%s", r.Count, per), err
}

func (r Rate) perSecond() float64 { return float64(r.Count) / r.Per.Seconds() }
