package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"weir/message"
	"weir/rules"
	"weir/rules/view"
)

// mail is what fitting needs to know of a message.
type mail struct {
	file   string
	folder *folder
	hits   []hit
	sketch sketch
	group  int // mails that are nearly the same have the same number
}

// hit is a rule that was found in a mail.
type hit struct {
	feature int
	count   float64
}

// folder is one corpus and what a mistake in it costs.
type folder struct {
	path   string
	spam   bool
	middle float64 // the score that mail of this folder should stay away from
	weight float64 // how much one mail counts
}

// The corpora. That a mail is lost is worse than that one comes through. Wanted mail of these years, and bounces, are to
// stay below half of the threshold. modern-spam is small, and nearer to what comes today than the other.
var folders = []*folder{
	{path: "spamassassin/ham", middle: 3.2, weight: 25},
	{path: "modern-ham", middle: 2, weight: 4},
	{path: "bounces", middle: 3, weight: 3},
	{path: "spamassassin/spam", spam: true, middle: 5.6, weight: 1},
	{path: "modern-spam", spam: true, middle: 5.6, weight: 2},
}

// noon is the clock that the rules see: fitting must give the same result every day.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// readAll runs the rules over all mail of the corpora.
func readAll(dir string, set *rules.Set, features []feature) ([]mail, error) {
	set.RuleLimit = time.Minute // what rules find must not depend on how fast a machine is
	index := map[string]int{}
	for i, f := range features {
		index[f.name] = i
	}
	var mails []mail
	for _, f := range folders {
		files, err := list(filepath.Join(dir, f.path))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			mails = append(mails, mail{file: file, folder: f})
		}
	}
	if err := each(mails, func(m *mail) error { return m.read(set, index) }); err != nil {
		return nil, err
	}
	join(mails)
	return mails, nil
}

// list gives the messages of a folder.
func list(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "licenses" {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".eml" {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no .eml files in %s", dir)
	}
	return files, err
}

// each calls f for all mails, on all cores, and returns the first error.
func each(mails []mail, f func(*mail) error) error {
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for i := w; i < len(mails) && errs[w] == nil; i += len(errs) {
				errs[w] = f(&mails[i])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *mail) read(set *rules.Set, index map[string]int) error {
	raw, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(raw, []byte("From ")) { // an mbox line, left over from the archive that the mail came in
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	msg := message.New(message.Envelope{}, message.Options{})
	msg.Load(raw)
	hits, failed, err := set.Match(context.Background(), msg, view.Facts{}, noon)
	if err != nil || len(failed) > 0 {
		return fmt.Errorf("%s: rules %s failed: %v", m.file, strings.Join(failed, " "), err)
	}
	for _, h := range hits {
		if i, ok := index[h.Name]; ok {
			m.hits = append(m.hits, hit{i, float64(max(h.Count, 1))})
		}
	}
	m.sketch = newSketch(raw)
	return nil
}

// score is the mail's score with given scores of rules.
func (m *mail) score(scores []float64) (sum float64) {
	for _, h := range m.hits {
		sum += scores[h.feature] * h.count
	}
	return sum
}
