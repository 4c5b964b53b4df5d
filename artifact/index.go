package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"
)

// fact is what is known of a source as long as it bears the stamp.
type fact struct {
	Digest string
	Size   int64
	Stamp  string
}

// indexed is where the fact of a source lives. The key is hashed: an address may hold a secret.
func (c *Cache) indexed(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, indexFolder, hex.EncodeToString(sum[:]))
}

func (c *Cache) recall(key string) (fact, bool) {
	var f fact
	ok := readJSON(c.indexed(key), &f)
	return f, ok && f.Stamp != ""
}

// note keeps a fact, unless the source changed so lately that it could change again under the same stamp.
func (c *Cache) note(key string, f fact, changed time.Time) error {
	if f.Stamp == "" || c.now().Sub(changed) < settleTime {
		return nil
	}
	return writeJSON(c.indexed(key), f)
}

// readJSON says whether there was something to read; what is torn or damaged counts as absent.
func readJSON(path string, into any) bool {
	data, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(data, into) == nil
}

func writeJSON(path string, v any) error {
	fill := func(w io.Writer) error { return json.NewEncoder(w).Encode(v) }
	return writeDurably(filepath.Dir(path), fill, func() string { return path })
}
