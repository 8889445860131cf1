using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci;

namespace Skerry.Node.Images.Layers;

/// <summary>A layer that is unpacked and checked, but not yet in the store. Ends in a commit or is discarded.</summary>
internal sealed class PendingLayer : IDisposable
{
    private readonly LayerStore _layers;
    private readonly FileDescriptor _files;
    private readonly FileDescriptor _inventoryFile;
    private readonly InventoryWriter _inventory;

    public PendingLayer(LayerStore layers, string temporary, Digest diffId, FileDescriptor directory, FileDescriptor files, FileDescriptor inventory, int failuresBefore, ImagesOptions options)
    {
        _layers = layers;
        Temporary = temporary;
        DiffId = diffId;
        Directory = directory;
        _files = files;
        _inventoryFile = inventory;
        FailuresBefore = failuresBefore;
        Options = options;
        _inventory = new InventoryWriter(inventory);
        Tree = new LayerTree(files, _inventory, options);
    }

    /// <summary>Its name below <c>layers/</c> for now.</summary>
    public string Temporary { get; }

    public Digest DiffId { get; }

    public FileDescriptor Directory { get; }

    public LayerTree Tree { get; }

    public ImagesOptions Options { get; }

    /// <summary>Count of failed flushes when unpacking began.</summary>
    public int FailuresBefore { get; }

    /// <summary>Length of the tar.</summary>
    public long TarBytes { get; set; }

    /// <summary>True where the layer has entries in directories that it does not describe: their attributes come from below.</summary>
    public bool NeedsLowers => Tree.ImplicitDirectories.Any();

    /// <summary>Gives directories their attributes and ends the inventory.</summary>
    public LayerMeta Finish(Func<string, FileStatus?> below, string? on, DateTimeOffset now)
    {
        Tree.Finish(below);
        return new LayerMeta(1, DiffId.ToString(), on, TarBytes, Tree.Bytes, Tree.DiskBytes, Tree.Entries, Tree.HidesAllBelow, _inventory.Finish(), Tree.Notes, now);
    }

    /// <summary>Gives up a layer that will not be committed.</summary>
    public void Discard()
    {
        Dispose();
        _layers.Discard(Temporary);
    }

    public void Dispose()
    {
        Tree.Dispose();
        _inventory.Dispose();
        _inventoryFile.Dispose();
        _files.Dispose();
        Directory.Dispose();
    }
}
