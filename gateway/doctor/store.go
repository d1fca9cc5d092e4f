package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"weir/filters"
	"weir/gateway/store/control"
)

// store asks what Weir remembers, through the running gateway where there is one.
func (e *examiner) store(ctx context.Context) []Finding {
	c := e.Config.Store
	f := Finding{About: "store", Subject: strings.Join(c.Redis, " ")}
	if len(c.Redis) == 0 {
		f.Subject = c.File(e.Config.DataDir)
		if _, err := os.Stat(f.Subject); errors.Is(err, fs.ErrNotExist) {
			f.Text = "the file will be made at the start"
			return []Finding{f}
		}
	}
	began := time.Now()
	err := e.askStore(ctx)
	switch {
	case err == nil:
		f.Text = fmt.Sprintf("answers, after %s", time.Since(began).Round(10*time.Microsecond))
	case len(c.Redis) > 0:
		f.Severity, f.Text = Error, "does not answer: "+err.Error()
		f.Do = "start Redis, and see [store]: addresses, password, TLS; until then mail is judged without what was learned"
	default:
		f.Severity, f.Text, f.Do = Error, err.Error(), "run weir doctor as the user who runs Weir; is another program using the file?"
	}
	return []Finding{f}
}

func (e *examiner) askStore(ctx context.Context) error {
	dir, secret := e.Config.DataDir, e.Config.Store.SecretFile
	if !filepath.IsAbs(secret) {
		secret = filepath.Join(dir, secret)
	}
	if _, err := os.Stat(secret); e.Config.Store.Secret == "" && err != nil {
		if dir, err = os.MkdirTemp("", "weir-doctor-*"); err != nil { // the secret of the site is made at the start, not here
			return err
		}
		defer os.RemoveAll(dir)
	}
	s, err := control.Open(e.Config.Store, dir)
	if err != nil {
		return err
	}
	defer s.Close()
	var b filters.Batch
	b.Recall(&filters.Family{Name: "doctor", TTL: time.Minute, Budget: 1}, filters.Name{What: "nothing"})
	return s.Do(ctx, &b)
}
