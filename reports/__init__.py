"""A room: cases become dossiers, queues and exports."""
