package dmarcreport

import (
	"context"
	"hash/fnv"
	"time"
)

// Daily sends the reports of the day before, every day, until ctx ends: at a time between half past midnight and half
// past two (UTC) that is each gateway's own, and again every hour while some could not be sent. make gives a sender with the
// settings of the moment; nil: reports are off. done is told what each run came to.
func Daily(ctx context.Context, hostname string, make func() *Sender, done func(Summary, error)) {
	var settled day // the last day with nothing left to do
	for {
		s := make()
		now := time.Now()
		if s != nil {
			now = s.now()
		}
		if yesterday := dayOf(now.Add(-24 * time.Hour)); s != nil && yesterday != settled && !now.Before(dayOf(now).begin.Add(after(hostname))) {
			sum, err := s.Send(ctx, yesterday.begin)
			done(sum, err)
			if err == nil && sum.Failed == 0 {
				settled = yesterday
			}
		}
		if !sleep(ctx, pause(now, hostname)) {
			return
		}
	}
}

// after is how long after midnight a gateway sends: not all at once, or the places would be asked by all the world in one
// second.
func after(hostname string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(hostname))
	return 30*time.Minute + time.Duration(h.Sum32()%7200)*time.Second
}

// pause is an hour, or less where the time to send comes before.
func pause(now time.Time, hostname string) time.Duration {
	if until := dayOf(now).begin.Add(after(hostname)).Sub(now); until > 0 && until < time.Hour {
		return until + time.Second
	}
	return time.Hour
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
