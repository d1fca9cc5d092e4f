package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"weir/gateway/durable"
)

// readSecret gives the site's secret: the one of the config, or that of the file, which is made when it is missing.
func (c *Config) readSecret(dataDir string) ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret.Reveal()), nil
	}
	path := in(dataDir, c.SecretFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeSecret(path); err != nil {
			return nil, fmt.Errorf("store.secret_file: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("store.secret_file: %w", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("store.secret_file: others may read %s: run chmod 600 on it", path)
	}
	if text = bytes.TrimSpace(text); len(text) < 16 {
		return nil, fmt.Errorf("store.secret_file: %s holds less than 16 characters; remove it to have one made", path)
	}
	return text, nil
}

// makeSecret writes a new secret. Of two processes that do so at once, one wins, and both read that one's.
func makeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close(), durable.Adopt(f.Name())); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
