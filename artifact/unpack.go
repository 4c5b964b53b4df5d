package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// Unpack writes the artifact below dir, which must be empty or not exist: its members, or the one file under its
// own name. Every byte comes from r, which holds a.Size bytes of kind a.Kind; verifying them is Cache.Open's part.
//
// Files are 0755 where the archive has them executable for anybody, else 0644, with the archive's time in whole
// seconds; folders are 0755. Owners, attributes and other modes are not taken over. When Unpack returns, all is on
// disk; when it fails, dir is as it was before. The error names the artifact and the member; it is ErrUnsafe for
// what rel never unpacks.
func Unpack(ctx context.Context, r io.ReaderAt, a Artifact, dir string, limits Limits) (err error) {
	root, made, err := freshFolder(dir)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", a.Name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, empty(root))
		}
		err = errors.Join(err, root.Close())
		if err != nil && made {
			err = errors.Join(err, os.Remove(dir))
		}
	}()
	u := unpacker{root: root, buffer: make([]byte, readBuffer)}
	c := contents{ReaderAt: r, ctx: ctx, name: a.Name, size: a.Size, limits: limits}
	if err := c.walk(a.Kind, u.put); err != nil {
		return fmt.Errorf("unpacking %w", err)
	}
	if err := syncTree(root); err != nil {
		return fmt.Errorf("unpacking %s: %w", a.Name, err)
	}
	return nil
}

// freshFolder makes the folder, or takes an empty one.
func freshFolder(dir string) (root *os.Root, made bool, err error) {
	err = os.Mkdir(dir, 0o755)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, false, err
	}
	made = err == nil
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return nil, false, errors.Join(fmt.Errorf("%s is not a folder", dir), err)
	}
	if root, err = os.OpenRoot(dir); err != nil {
		return nil, false, err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("the folder %s is not empty", dir)
	}
	if err == nil && made {
		err = root.Chmod(".", 0o755)
	}
	if err != nil {
		return nil, false, errors.Join(err, root.Close())
	}
	return root, made, nil
}

// empty removes what was unpacked so far.
func empty(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		err = errors.Join(err, root.RemoveAll(e.Name()))
	}
	return err
}

// unpacker makes what the guard admitted. It needs no rule of its own: os.Root refuses a path that leads out, and a
// file that is there already is an error.
type unpacker struct {
	root   *os.Root
	buffer []byte
}

func (u unpacker) put(a admitted) error {
	for _, dir := range a.folders {
		if err := u.folder(dir); err != nil {
			return err
		}
	}
	switch a.what {
	case aFile:
		return u.file(a)
	case aLink:
		return u.root.Symlink(a.target, a.path)
	case aHardLink:
		return u.root.Link(path.Clean(a.target), a.path)
	}
	return nil
}

// folder sets the mode apart from making it, since a umask takes bits away.
func (u unpacker) folder(dir string) error {
	if err := u.root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return u.root.Chmod(dir, 0o755)
}

func (u unpacker) file(a admitted) error {
	f, err := u.root.OpenFile(a.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{f}, a.body, u.buffer)
	if err == nil && n != a.size {
		err = io.ErrUnexpectedEOF
	}
	if err := errors.Join(err, f.Chmod(fileMode(a.mode)), f.Close()); err != nil {
		return err
	}
	if t, ok := fileTime(a.time); ok {
		return u.root.Chtimes(a.path, t, t)
	}
	return nil
}

func fileMode(mode fs.FileMode) fs.FileMode {
	if mode&0o111 != 0 {
		return 0o755
	}
	return 0o644
}

// fileTime keeps the archive's time, so that it is the same on all hosts and another one for another build: web
// servers tell files apart by it. What no build would write is dropped.
func fileTime(t time.Time) (time.Time, bool) {
	sane := t.Unix() > 0 && t.Unix() < 1<<32
	return t.Truncate(time.Second), sane
}
