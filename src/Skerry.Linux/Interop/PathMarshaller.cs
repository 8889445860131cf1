using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Skerry.Linux.Files;

namespace Skerry.Linux.Interop;

/// <summary>Hands a file name to the kernel as the bytes that <see cref="FileText"/> made it of, on the stack where it fits.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class PathMarshaller
{
    /// <summary>One call's copy of the name.</summary>
    internal ref struct ManagedToUnmanagedIn
    {
        private byte* _bytes;
        private bool _allocated;

        /// <summary>Bytes the generated code puts on the stack: enough for nearly all paths.</summary>
        public static int BufferSize => 512;

        public void FromManaged(string text, Span<byte> buffer)
        {
            int needed = FileText.MaxBytes(text.Length) + 1;
            if (needed > buffer.Length)
            {
                _bytes = (byte*)NativeMemory.Alloc((nuint)needed);
                _allocated = true;
                buffer = new Span<byte>(_bytes, needed);
            }
            else
            {
                _bytes = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
            }

            buffer[FileText.Encode(text, buffer)] = 0;
        }

        public readonly byte* ToUnmanaged() => _bytes;

        public readonly void Free()
        {
            if (_allocated)
            {
                NativeMemory.Free(_bytes);
            }
        }
    }
}
