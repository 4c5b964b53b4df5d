package artifact

import "fmt"

// Limits bound what an archive may cost. They are checked at plan and again while unpacking.
type Limits struct {
	Bytes  int64  // unpacked, all members with their headers
	Files  int    // members, and the folders between them
	Name   int    // bytes in the path of a member or the target of a link
	Memory uint64 // bytes that a zstd window may take
}

// DefaultLimits fit any release that is not itself the problem.
func DefaultLimits() Limits {
	return Limits{Bytes: 16 << 30, Files: 200_000, Name: 1024, Memory: 128 << 20}
}

// maxElement is what file systems allow between two slashes.
const maxElement = 255

// bytesText is a size for people.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	size, names := float64(n)/unit, "KMGTPE"
	for size >= unit {
		size, names = size/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %ciB", size, names[0])
}
