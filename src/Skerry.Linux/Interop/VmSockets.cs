#pragma warning disable CS8981 // the kernel's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/vm_sockets.h: sockets between a virtual machine and its host.</summary>
internal static unsafe partial class VmSockets
{
    internal const int AF_VSOCK = 40; // linux/socket.h

    [LibraryImport(Unistd.Libc, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int fd, sockaddr_vm* address, uint length);

    [StructLayout(LayoutKind.Sequential)]
    internal struct sockaddr_vm
    {
        internal ushort svm_family;
        internal ushort svm_reserved1;
        internal uint svm_port;
        internal uint svm_cid;
        internal byte svm_flags;
        internal fixed byte svm_zero[3];
    }
}
